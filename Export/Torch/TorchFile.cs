using FcnFromScratch.Data;

namespace FcnFromScratch.Export;

/// <summary>
/// A network for PyTorch: its tensors in PyTorch's layout as safetensors, named as torch.nn names them, and a Python script that builds the network and loads
/// them. The script needs PyTorch and NumPy alone.
/// </summary>
public sealed class TorchFile
{
    private readonly TorchWriter _writer;
    private readonly IReadOnlyDictionary<string, string> _metadata;

    /// <exception cref="Engine.EngineException">An op has no row in the table.</exception>
    public TorchFile(TrainedNetwork network, IReadOnlyDictionary<string, string> metadata) => (_writer, _metadata) = (new TorchWriter(network), metadata);

    /// <summary>What a script of ours says of itself in its first line.</summary>
    private const string Author = "written by FcnFromScratch";

    /// <summary>Whether nothing is lost by writing the script there.</summary>
    public static bool MayWrite(string script) => !File.Exists(script) || File.ReadLines(script).FirstOrDefault("").Contains(Author, StringComparison.Ordinal);

    public int Tensors => _writer.Tensors.Count;

    /// <exception cref="DataException">The disk refuses.</exception>
    public void Save(string path, string script)
    {
        SafetensorsFile.Write(path, _writer.Tensors, _metadata);
        AtomicFile.Write(script, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(Script())));
    }

    private string Script() => $$""""
        """The network {{_metadata[Metadata.ModelKey]}} in PyTorch, {{Author}}; its weights are in the file of the same name beside it.

        Input: [batch, 1, height, width], {{_metadata[Metadata.PreprocessingKey]}}. Output: {{_metadata[Metadata.OutputKey]}}.

            python3 THIS.py pictures.npy logits.npy    pictures u8 [n, height, width], light ink on dark
        """
        import json
        import pathlib
        import struct
        import sys

        import numpy
        import torch
        import torch.nn.functional as F
        from torch import nn


        class Network(nn.Module):
            def __init__(self):
                super().__init__()
        {{Lines(_writer.Constructor)}}

            def forward(self, image):
        {{Lines(_writer.Forward)}}


        def read(path):
            """The tensors of a safetensors file: eight bytes of header length, the header as JSON, the elements."""
            data = bytearray(pathlib.Path(path).read_bytes())
            (length,) = struct.unpack_from("<Q", data)
            types = {"F32": torch.float32, "I8": torch.int8}
            tensors = {}
            for name, entry in json.loads(data[8:8 + length]).items():
                if name != "__metadata__":
                    count = int(numpy.prod(entry["shape"]))
                    begin = 8 + length + entry["data_offsets"][0]
                    tensors[name] = torch.frombuffer(data, dtype=types[entry["dtype"]], count=count, offset=begin).reshape(entry["shape"])
            return tensors


        def network(path=pathlib.Path(__file__).with_suffix(".safetensors")):
            net = Network()
            net.load_state_dict(read(path))
            return net.eval()


        if __name__ == "__main__":
            pictures = torch.from_numpy(numpy.load(sys.argv[1])).float()[:, None] / 127.5 - 1
            net = network()
            with torch.no_grad():
                logits = torch.cat([net(some) for some in pictures.split(32)])
            numpy.save(sys.argv[2], logits.numpy())

        """";

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines.Select(line => $"        {line}"));
}
