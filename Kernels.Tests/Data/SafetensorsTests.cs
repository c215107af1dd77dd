using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using FcnFromScratch.Data;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Data.TestTools;

namespace FcnFromScratch.Kernels.Tests.Data;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Written_bytes_are_the_formats()
    {
        string path = _folder["w.safetensors"];
        SafetensorsFile.Write(path,
            [
                SafetensorsTensor.From<byte>("z", [7], 1),
                SafetensorsTensor.From<float>("b", [1, 2], 2, 1),
                SafetensorsTensor.From<float>("a", [0.5f]),
                SafetensorsTensor.From<long>("step", [9], 1),
            ],
            new Dictionary<string, string> { ["task"] = "segment" });
        const string json = """{"__metadata__":{"task":"segment"}"""
            + ""","step":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[],"data_offsets":[8,12]}"""
            + ""","b":{"dtype":"F32","shape":[2,1],"data_offsets":[12,20]},"z":{"dtype":"U8","shape":[1],"data_offsets":[20,21]}}""";
        byte[] file = File.ReadAllBytes(path);
        long length = BinaryPrimitives.ReadInt64LittleEndian(file);
        Assert.Equal(0, length % 8);
        Assert.Equal(json, Encoding.UTF8.GetString(file, 8, (int)length).TrimEnd(' '));
        Assert.Equal([9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x3f, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 7], file[(8 + (int)length)..]);
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        string path = _folder["w.safetensors"];
        var metadata = new Dictionary<string, string> { ["größe \"1\""] = "line\nbreak", ["empty"] = "" };
        SafetensorsFile.Write(path,
            [
                SafetensorsTensor.From<float>("conv.weight", [1.5f, float.NaN, -0f, 4], 2, 1, 2),
                SafetensorsTensor.From<double>("d", [Math.PI], 1),
                SafetensorsTensor.From<int>("i", [-5, 6], 2),
                SafetensorsTensor.From<float>("none", [], 0, 3),
            ],
            metadata);
        var file = SafetensorsFile.Read(path);
        Assert.Equal(metadata, file.Metadata);
        Assert.Equal(["d", "conv.weight", "i", "none"], file.Tensors.Select(t => t.Name).OrderBy(n => n != "d").ThenBy(n => n));
        Assert.Equal([2, 1, 2], file.Find("conv.weight")!.Shape);
        Assert.Equal([1.5f, float.NaN, -0f, 4], file.Find("conv.weight")!.ToFloats());
        Assert.Equal([(float)Math.PI], file.Find("d")!.ToFloats());
        Assert.Equal(TensorType.I32, file.Find("i")!.Type);
        Assert.Equal([-5, 6], MemoryMarshal.Cast<byte, int>(file.Find("i")!.Bytes).ToArray());
        Assert.Empty(file.Find("none")!.ToFloats());
        Assert.Null(file.Find("x"));
        Fails("tensor 'i' has dtype I32; F32 or F64 was expected", () => file.Find("i")!.ToFloats());
    }

    [Fact]
    public void Files_that_are_no_safetensors_are_named()
    {
        Fails("does not exist", () => SafetensorsFile.Read(_folder["none"]));
        Fails("is not a safetensors file: 7 bytes", () => SafetensorsFile.Read(_folder.Write("a", new byte[7])));
        Fails("header of 100000001 bytes; the limit is 100000000", () => SafetensorsFile.Read(_folder.Write("a", [1, 225, 245, 5, 0, 0, 0, 0])));
        Fails("is truncated: its header of 9 bytes goes past the end at 10", () => SafetensorsFile.Read(_folder.Write("a", [9, 0, 0, 0, 0, 0, 0, 0, 32, 32])));
        Fails("header that is not UTF-8", () => SafetensorsFile.Read(_folder.Write("a", [4, 0, 0, 0, 0, 0, 0, 0, (byte)'{', 0xff, 0xfe, (byte)'}'])));
        Fails("is gzip", () => SafetensorsFile.Read(_folder.Write("a", Gzip(new byte[100]))));
    }

    [Theory]
    [InlineData("", "not valid JSON from its byte 0 on.")]
    [InlineData("[]", "not valid JSON: an object was expected")]
    [InlineData("""{"a":""", "not valid JSON")]
    [InlineData("""{"\ud800":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", "not valid JSON")]
    [InlineData("""{"a":[]}""", "tensor 'a': an object of dtype, shape and data_offsets was expected")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4]}}""", "dtype, shape or data_offsets is missing")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"x":1}}""", "its field 'x' is unknown")]
    [InlineData("""{"a":{"dtype":"F9","shape":[4],"data_offsets":[0,4]}}""", "unknown dtype 'F9'; read are U8, I8, I32, F32, I64, F64")]
    [InlineData("""{"a":{"dtype":"2","shape":[1],"data_offsets":[0,4]}}""", "unknown dtype '2'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}}""", "its shape is not a list of whole numbers")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0.5,4]}}""", "its data_offsets are not whole numbers")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0]}}""", "data_offsets has 1 numbers")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}""", "run backwards, from 4 to 0")]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""",
        "tensor 'b': its data from byte 2 overlaps")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}""",
        "tensor 'b': a hole of 2 bytes")]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[1,4]}}""", "tensor 'a': a hole of 1 bytes")]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}""", "goes on after its last tensor: 4 bytes of data, the tensors end at 3")]
    [InlineData("""{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]}}""", "is truncated: its tensors end at byte 5 of the data, 4 are there")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}""", "the size of shape [4611686018427387904, 4] overflows")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "shape [2] of F32 needs 8 bytes, data_offsets give it 4")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", "two tensors named 'a'")]
    [InlineData("""{"__metadata__":{"k":1},"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", "metadata 'k' that is not a string")]
    [InlineData("""{"__metadata__":[],"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", "metadata that is not an object")]
    [InlineData("""{"line\nbreak":[]}""", "tensor 'line\\nbreak'")]
    public void Bad_headers_are_named(string header, string message) =>
        Fails(message, () => SafetensorsFile.Read(_folder.Write("a", WithHeader(header, [1, 2, 3, 4]))));

    /// <summary>It lies where its neighbour begins, and overlaps nothing, in whatever order the two are named.</summary>
    [Theory]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"none":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""")]
    [InlineData("""{"none":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""")]
    [InlineData("""{"none":{"dtype":"U8","shape":[0],"data_offsets":[4,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""")]
    public void An_empty_tensor_lies_anywhere(string header)
    {
        var file = SafetensorsFile.Read(_folder.Write("a", WithHeader(header, [1, 2, 3, 4])));
        Assert.Equal([1, 2, 3, 4], file.Find("a")!.Bytes.ToArray());
        Assert.Empty(file.Find("none")!.Bytes.ToArray());
    }

    [Fact]
    public void Tensors_that_cannot_be_written_are_refused()
    {
        var a = SafetensorsTensor.From<byte>("a", [1], 1);
        Assert.Throws<ArgumentException>(() => SafetensorsFile.Write(_folder["a"], [a, a]));
        Assert.Throws<ArgumentException>(() => SafetensorsFile.Write(_folder["a"], [SafetensorsTensor.From<byte>("a", [1], 2)]));
        Assert.Throws<ArgumentException>(() => SafetensorsFile.Write(_folder["a"], [SafetensorsTensor.From<byte>("__metadata__", [1], 1)]));
        Assert.False(File.Exists(_folder["a"]));
    }

    private static byte[] WithHeader(string header, byte[] data)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        return [.. length, .. text, .. data];
    }
}
