using System.Text.Json.Nodes;
using FcnFromScratch.Engine;
using FcnFromScratch.Training;
using Onnx;

namespace FcnFromScratch.Export;

/// <summary>
/// An op of ours for which ONNX has none is a group of nodes there. The first says in its doc_string which op they stand for, with its settings and inputs.
/// Reading, the group is written again from that and held against the file's: what says that it is such a group and is another is refused.
/// </summary>
internal abstract class GroupRow<TOp> : OnnxRow, IGroupRow where TOp : Op
{
    public sealed override Type Op => typeof(TOp);

    public string Name => typeof(TOp).Name;
    public virtual int InputCount => 1;

    protected abstract JsonObject Settings(TOp op);

    protected abstract TOp Make(Func<string, double> setting);

    protected abstract void WriteNodes(TOp op, Shape x, string output, IReadOnlyList<string> inputs, OnnxNodes nodes);

    /// <summary>The name of an input in the file; variables are added to it.</summary>
    protected virtual string Input(Node node, int input, OnnxWriter w) => w.Name(node.Inputs[input]);

    /// <summary>Whether the output is [N, C].</summary>
    protected virtual bool IsFlat => true;

    public sealed override void Write(Node node, OnnxWriter w)
    {
        string[] inputs = [.. node.Inputs.Select((_, i) => Input(node, i, w))];
        WriteGroup((TOp)node.Op, node.Inputs[0].Shape, w.Name(node.Output), inputs, w.Nodes);
        if (IsFlat) w.SetFlat(node.Output);
    }

    void IGroupRow.WriteNodes(Op op, Shape x, string output, IReadOnlyList<string> inputs, OnnxNodes nodes) => WriteGroup((TOp)op, x, output, inputs, nodes);

    private void WriteGroup(TOp op, Shape x, string output, IReadOnlyList<string> inputs, OnnxNodes nodes)
    {
        int first = nodes.Nodes.Count;
        WriteNodes(op, x, output, inputs, nodes);
        var told = Settings(op);
        told.Insert(0, IGroupRow.OpKey, Name);
        told.Add(IGroupRow.InputsKey, Json.Array(inputs));
        told.Add(IGroupRow.OutputKey, output);
        nodes.Nodes[first].DocString = told.ToJsonString();
    }

    Op? IGroupRow.Make(JsonObject settings)
    {
        bool isWhole = true;
        var op = Make(name =>
        {
            if (settings[name] is JsonValue value && value.TryGetValue(out double number)) return number;
            isWhole = false;
            return 1;
        });
        return isWhole ? op : null;
    }

    /// <summary>Squared distances of all rows of two matrices of integers, as INT32: |a|² + |b|² − 2 a·b, each part exact in FLOAT.</summary>
    /// <param name="rows">The name of [N, D].</param>
    /// <param name="samples">The name of [S, D], INT8.</param>
    /// <param name="addsRows">Whether |a|² counts; for the order of b it does not.</param>
    /// <returns>The name of [N, S].</returns>
    protected static string Distances(string output, string rows, string samples, bool addsRows, OnnxNodes nodes)
    {
        string floats = nodes.Add("Cast", $"{output}/samples", [samples], Attribute.Of("to", (long)TensorProto.Types.DataType.Float));
        string products = ToInt32("products", nodes.Add("Gemm", $"{output}/Gemm", [rows, floats], Attribute.Of("transB", 1)));
        string norms = ToInt32("norms", nodes.Add("ReduceSumSquare", $"{output}/squares", [floats], Attribute.Of("axes", [1]), Attribute.Of("keepdims", 0)));
        string twice = nodes.Add("Add", $"{output}/twice", [products, products]);
        string distances = nodes.Add("Sub", $"{output}/Sub", [norms, twice]);
        if (!addsRows) return distances;
        string own = ToInt32("own", nodes.Add("ReduceSumSquare", $"{output}/ownsquares", [rows], Attribute.Of("axes", [1]), Attribute.Of("keepdims", 1)));
        return nodes.Add("Add", $"{output}/distances", [distances, own]);

        string ToInt32(string name, string from) =>
            nodes.Add("Cast", $"{output}/{name}", [from], Attribute.Of("to", (long)TensorProto.Types.DataType.Int32));
    }
}
