using FcnFromScratch.Data;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Export;
using FcnFromScratch.Kernels.Tests.Data;
using Google.Protobuf;
using Onnx;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Export;

/// <summary>Single nodes as other programs write them, where ONNX' conformance models have none of the kind.</summary>
public sealed class ImportedNodeTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly CpuDevice _device = new(1);

    // What computes the node's further inputs.
    private NodeProto[] _before = [];

    public void Dispose()
    {
        _folder.Dispose();
        _device.Dispose();
    }

    /// <summary>What a node makes of a picture of one channel whose pixels are 0, 1, 2, …</summary>
    private float[] Run(NodeProto node, int height, int width, params TensorProto[] constants)
    {
        var graph = new GraphProto();
        node.Output.Add("y");
        string[] made = [.. _before.Select(n => n.Output[0])], used = [.. _before.SelectMany(n => n.Input)];
        node.Input.Add(["x", .. made, .. constants.Select(c => c.Name).Except(used)]);
        graph.Node.Add([.. _before, node]);
        graph.Initializer.Add(constants);
        var shape = new TensorShapeProto();
        shape.Dim.Add(new[] { 1, 1, height, width }.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
        var type = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = shape };
        graph.Input.Add(new ValueInfoProto { Name = "x", Type = new() { TensorType = type } });
        graph.Output.Add(new ValueInfoProto { Name = "y" });
        var model = new ModelProto { Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = 17 });
        using (var stream = File.Create(_folder["node.onnx"])) model.WriteTo(stream);
        float[] pixels = [.. Enumerable.Range(0, height * width).Select(i => (float)i)];
        return OnnxFile.Read(_folder["node.onnx"]).Build(_ => [1, 1, height, width]).Run(_device, pixels)[0];
    }

    private static TensorProto Longs(string name, params long[] values)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Int64 };
        tensor.Dims.Add(values.Length);
        tensor.Int64Data.Add(values);
        return tensor;
    }

    private static AttributeProto Ints(string name, params long[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.Add(values);
        return attribute;
    }

    /// <summary>The smallest number has no counterpart above 0; here it is where a slice begins, which is before all there is.</summary>
    [Theory]
    [InlineData("Div")]
    [InlineData("Mod")]
    public void The_smallest_number_is_divided_by_minus_one(string op)
    {
        var slice = new NodeProto { OpType = "Slice" };
        var divide = new NodeProto { OpType = op };
        divide.Input.Add(["a", "b"]);
        divide.Output.Add("starts");
        _before = [divide];
        float[] left = Run(slice, 2, 2, Longs("a", long.MinValue), Longs("b", -1), Longs("ends", 2), Longs("axes", 3));
        Assert.Equal([0, 1, 2, 3], left);
    }

    [Fact]
    public void A_slice_leaves_rows_and_columns()
    {
        var slice = new NodeProto { OpType = "Slice" };
        float[] left = Run(slice, 4, 6, Longs("starts", 1, 2), Longs("ends", 3, -1), Longs("axes", 2, 3));
        Assert.Equal([8, 9, 10, 14, 15, 16], left);
    }

    /// <summary>Where one row and one column are missing, they are missing above and to the left.</summary>
    [Theory]
    [InlineData("SAME_LOWER", 0, 0, 0, 0, 0, 1, 0, 3, 4, 0, 6, 7)]
    [InlineData("SAME_UPPER", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)]
    public void An_odd_rest_of_padding_lies_where_the_file_says(string rule, params int[] expected)
    {
        var kernel = new TensorProto { Name = "w", DataType = (int)TensorProto.Types.DataType.Float };
        kernel.Dims.Add([1, 1, 2, 2]);
        kernel.FloatData.Add([1, 0, 0, 0]);
        var conv = new NodeProto { OpType = "Conv" };
        conv.Attribute.Add(new AttributeProto { Name = "auto_pad", Type = AttributeProto.Types.AttributeType.String, S = ByteString.CopyFromUtf8(rule) });
        Assert.Equal(expected.Select(v => (float)v), Run(conv, 4, 3, kernel));
    }

    [Theory]
    [InlineData(5, 4)]
    [InlineData(4, 5)]
    public void A_window_that_would_hang_over_an_edge_is_refused(int height, int width)
    {
        var pool = new NodeProto { OpType = "MaxPool" };
        pool.Attribute.Add([Ints("kernel_shape", 2, 2), Ints("strides", 2, 2)]);
        pool.Attribute.Add(new AttributeProto { Name = "ceil_mode", Type = AttributeProto.Types.AttributeType.Int, I = 1 });
        TestTools.Fails("its ceil_mode is 1; 0 is what we have", () => Run(pool, height, width));
    }
}
