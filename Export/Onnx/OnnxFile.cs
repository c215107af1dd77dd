using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using Google.Protobuf;
using Onnx;

namespace FcnFromScratch.Export;

/// <summary>An ONNX model (onnx.ai; onnx.proto is beside this project).</summary>
public sealed class OnnxFile
{
    /// <summary>Versions of ONNX' operators that rows know.</summary>
    private const long OldestOpset = 6, NewestOpset = 22;

    private readonly string _name;
    private readonly ModelProto _model;
    private readonly long _opset;

    private OnnxFile(string name, ModelProto model)
    {
        (_name, _model) = (name, model);
        if (model.Graph is null) throw new DataException($"'{name}' has no graph: it is no ONNX model.");
        if (model.Functions.Count > 0) throw new DataException($"'{name}' has functions of its own, which are not read; inline them.");
        _opset = model.OpsetImport.FirstOrDefault(o => o.Domain is "" or "ai.onnx")?.Version
            ?? throw new DataException($"'{name}' does not say of which opset it is.");
        if (_opset is < OldestOpset or > NewestOpset)
            throw new DataException($"'{name}' is of opset {_opset}; {OldestOpset} to {NewestOpset} are read. Convert it.");
        Metadata = model.MetadataProps.DistinctBy(p => p.Key).ToDictionary(p => p.Key, p => p.Value);
    }

    /// <summary>A network as a file.</summary>
    /// <param name="name">What it is called in messages.</param>
    /// <exception cref="EngineException">An op has no row in the table.</exception>
    public static OnnxFile Of(string name, TrainedNetwork network, IReadOnlyDictionary<string, string> metadata) =>
        new(name, OnnxWriter.Write(network, metadata));

    /// <exception cref="DataException">It is missing, or no ONNX model.</exception>
    public static OnnxFile Read(string path)
    {
        using var stream = InputFile.Open(path);
        try
        {
            return new OnnxFile(path, ModelProto.Parser.ParseFrom(stream));
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new DataException($"'{path}' is no ONNX model, or not whole: {e.Message}", e);
        }
    }

    /// <summary>ONNX ops that are read.</summary>
    public static IEnumerable<string> Readable => OnnxTable.Theirs;

    /// <summary>As it is called in messages.</summary>
    public string Name => _name;

    public IReadOnlyDictionary<string, string> Metadata { get; }

    public long Opset => _opset;

    public long Bytes => _model.CalculateSize();

    /// <summary>Its ops and how many nodes are of each, the most frequent first.</summary>
    public IReadOnlyList<(string Op, int Count)> Ops =>
        [.. _model.Graph.Node.GroupBy(node => node.OpType).Select(ops => (ops.Key, ops.Count())).OrderByDescending(op => op.Item2).ThenBy(op => op.Key)];

    /// <summary>The program that wrote it, as far as it says.</summary>
    public string Producer => $"{_model.ProducerName} {_model.ProducerVersion}".Trim();

    /// <summary>The inputs that its initialisers leave open, and their sizes, −1 where they are open.</summary>
    public IReadOnlyList<(string Name, long[] Dims)> Inputs =>
        [.. _model.Graph.Input.ExceptBy(_model.Graph.Initializer.Select(i => i.Name), input => input.Name).Select(input => (input.Name,
            (long[])[.. input.Type?.TensorType?.Shape?.Dim.Select(d => d.HasDimValue ? d.DimValue : -1) ?? []]))];

    /// <summary>A network of ours that gives the same.</summary>
    /// <param name="sizes">The dimensions of an input; null for those in the file, and for one picture of the size trained on where these are open.</param>
    /// <exception cref="DataException">It is broken, or needs what we do not have; names it.</exception>
    public ImportedNetwork Build(Func<string, int[]?> sizes)
    {
        try
        {
            return new OnnxReader(_name, _model.Graph, _opset).Read(sizes, Export.Metadata.InputOf(Metadata));
        }
        catch (ShapeException e)
        {
            throw new DataException($"'{_name}': {e.Message}", e);
        }
    }

    /// <exception cref="DataException">The disk refuses.</exception>
    public void Save(string path) => AtomicFile.Write(path, stream => _model.WriteTo(stream));
}
