using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Training;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Ops;

/// <summary>What cases cannot say of the detector's ops: a gradient with a weight held, what is no number, and answers where the choice is closest.</summary>
public sealed class DetectionTests
{
    public static TheoryData<string> Devices() => [.. TestDevices.All.Select(d => d.Name)];

    /// <summary>All five together: from nothing a grid learns the boxes that it is shown, and suppression leaves one of each.</summary>
    [Theory]
    [MemberData(nameof(Devices))]
    public void A_grid_learns_its_boxes_and_keeps_one_of_each(string deviceName)
    {
        const int stride = 8, cells = 6, classes = 3;
        var device = TestDevices.Find(deviceName);
        // The first two overlap and are of one class, the third is smaller than a cell, the fourth is none.
        (Box Box, int Class)[] objects = [(new(4, 6, 20, 30), 1), (new(15, 8, 30, 29), 1), (new(41, 41.5, 44, 46), 0), (new(0, 0, 48, 48), -1)];

        var graph = new Graph(training: true);
        var x = graph.Parameter("x", new Shape(1, cells, cells, 4 + classes), Initializer.Zeros);
        Tensor truth = graph.Input("truth", new Shape(1, 4, 4)), kinds = graph.Input("classes", new TensorSpec(new Shape(1, 4), ElementType.I32));
        var boxes = graph.Apply(new DecodeBoxes(stride), "boxes", x);
        var assigned = graph.Apply(new AssignCells(cells, cells, stride, 1), "assigned", truth, kinds);
        var places = graph.ApplyNode(new BoxLoss(2), "place", boxes, assigned, truth);
        var loss = graph.Apply(new SkipAdd(), "loss", places.Output, graph.Apply(new VarifocalLoss(), "class", x, assigned, kinds, places.Outputs[1]));
        using var variables = new VariableStore(device, graph, seed: 1);
        using var compiled = new CompiledGraph(graph, variables, [boxes], loss, Optimizers.Make("adam"));
        compiled.Upload<float>(truth, [.. objects.SelectMany(o => new[] { (float)o.Box.XMin, (float)o.Box.YMin, (float)o.Box.XMax, (float)o.Box.YMax })]);
        compiled.Upload<int>(kinds, [.. objects.Select(o => o.Class)]);
        for (int step = 1; step <= 400; step++)
        {
            compiled.BeginStep(step, step <= 300 ? 0.05 : 0.005);
            compiled.Run();
        }

        float[] values = compiled.Download<float>(boxes), logits = variables["x"];
        var found = (from cell in Enumerable.Range(0, cells * cells)
                     from c in Enumerable.Range(0, classes)
                     let logit = logits[cell * (4 + classes) + 4 + c]
                     where logit > 0
                     orderby logit descending
                     select (Values: values[(cell * 4)..(cell * 4 + 4)], Class: c)).ToArray();
        Assert.True(found.Length > 3);
        var testCase = OpCase.Of("found", new NonMaximumSuppression(0.6f), 1,
            (new Shape(found.Length, 4), new Fill.Given([.. found.SelectMany(f => f.Values)])),
            (new TensorSpec(new Shape(found.Length), ElementType.I32), new Fill.Given([.. found.Select(f => (float)f.Class)])));
        using var suppression = new PreparedCase(testCase, device, testCase.Op.Versions(device, testCase.Inputs)[0]);
        suppression.Run();
        var kept = found.Zip(suppression.Bits(0)).Where(f => f.Second == 1).Select(f => f.First).OrderBy(f => f.Values[0]).ToArray();
        Assert.Equal(objects[..3].Select(o => o.Class), kept.Select(f => f.Class));
        foreach (var (o, f) in objects.Zip(kept))
            Assert.InRange(o.Box.IoU(new Box(f.Values[0], f.Values[1], f.Values[2], f.Values[3])), 0.97, 1);
    }

    /// <summary>
    /// The check of gradients varies α too, through which none goes; here it is held. 1 − CIoU is written anew, from the paper, and by sides instead of steps.
    /// </summary>
    [Theory]
    [InlineData("box_loss of boxes that meet")]
    [InlineData("box_loss of boxes that mostly do not meet")]
    [InlineData("box_loss of long boxes in several chunks")]
    public void The_gradient_of_boxes_is_that_of_CIoU_with_alpha_held(string name)
    {
        var testCase = OpCases.Find(name);
        var (inputs, outputs) = References.Of(testCase);
        int[] assigned = inputs[1].Ints;
        int cells = inputs[0].Shape.Height * inputs[0].Shape.Width, objects = inputs[2].Shape[1], count = assigned.Count(a => a >= 0);
        double scale = 50.0 / count, loss = 0, largest = 0, epsilon = 1e-6;
        for (int cell = 0; cell < assigned.Length; cell++)
        {
            if (assigned[cell] < 0) continue;
            double[] box = inputs[0].Values[(cell * 4)..(cell * 4 + 4)];
            double[] truth = inputs[2].Values.AsSpan((cell / cells * objects + assigned[cell]) * 4, 4).ToArray();
            var (iou, _, v) = Terms(box, truth);
            double alpha = v / (1 - iou + v);
            loss += scale * Loss(box, truth, alpha);
            for (int side = 0; side < 4; side++)
            {
                double kept = box[side];
                box[side] = kept + epsilon;
                double above = Loss(box, truth, alpha);
                box[side] = kept - epsilon;
                double difference = (above - Loss(box, truth, alpha)) / (2 * epsilon);
                box[side] = kept;
                Assert.InRange(outputs[2][cell * 4 + side] / scale - difference, -1e-7, 1e-7);
                largest = Math.Max(largest, alpha * Math.Abs(difference));
            }
        }
        Assert.Equal(loss, outputs[0][0], 1e-9);
        // α is there to be held.
        Assert.True(largest > 1e-3);
    }

    private static double Loss(double[] box, double[] truth, double alpha)
    {
        var (iou, distance, v) = Terms(box, truth);
        return 1 - iou + distance + alpha * v;
    }

    private static (double IoU, double Distance, double Aspect) Terms(double[] b, double[] t)
    {
        double w = b[2] - b[0], h = b[3] - b[1], trueW = t[2] - t[0], trueH = t[3] - t[1];
        double both = Math.Max(0, Math.Min(b[2], t[2]) - Math.Max(b[0], t[0])) * Math.Max(0, Math.Min(b[3], t[3]) - Math.Max(b[1], t[1]));
        double rho = Square((b[0] + b[2] - t[0] - t[2]) / 2) + Square((b[1] + b[3] - t[1] - t[3]) / 2);
        double c = Square(Math.Max(b[2], t[2]) - Math.Min(b[0], t[0])) + Square(Math.Max(b[3], t[3]) - Math.Min(b[1], t[1]));
        return (both / (w * h + trueW * trueH - both), rho / c, 4 / Square(Math.PI) * Square(Math.Atan(trueW / trueH) - Math.Atan(w / h)));
    }

    private static double Square(double x) => x * x;

    [Theory]
    [MemberData(nameof(Devices))]
    public void Equal_boxes_have_no_gradient(string deviceName)
    {
        var testCase = OpCase.Of("equal", new BoxLoss(1), 1, (new Shape(1, 1, 1, 4), new Fill.Given(1.3f, 2.7f, 9.1f, 4.2f)),
            (new TensorSpec(new Shape(1, 1, 1), ElementType.I32), new Fill.Same(0)), (new Shape(1, 1, 4), new Fill.Given(1.3f, 2.7f, 9.1f, 4.2f)));
        using var prepared = new PreparedCase(testCase, TestDevices.Find(deviceName), "kernel");
        prepared.Run();
        Assert.All(prepared.Bits(2), bits => Assert.InRange(BitConverter.Int32BitsToSingle(bits), -1e-7f, 1e-7f));
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_class_that_there_is_not_is_no_loss(string deviceName)
    {
        var testCase = OpCases.Find("varifocal_loss of boxes that fit");
        foreach (int unknown in new[] { -1, 3 })
        {
            var inputs = CaseRunner.Inputs(testCase);
            Array.Fill(inputs[2].Ints, unknown);
            Assert.True(double.IsNaN(CaseRunner.Reference(testCase, inputs)[0][0]));
            using var prepared = new PreparedCase(testCase, TestDevices.Find(deviceName), "kernel", inputs);
            prepared.Run();
            Assert.True(float.IsNaN(BitConverter.Int32BitsToSingle(prepared.Bits(0)[0])), $"class {unknown}");
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_box_that_is_no_number_stays_and_fells_nobody(string deviceName)
    {
        var device = TestDevices.Find(deviceName);
        var testCase = OpCases.Find("non_maximum_suppression equal boxes of one class");
        for (int side = 0; side < 4; side++)
        {
            var inputs = CaseRunner.Inputs(testCase);
            inputs[0].Values[side] = double.NaN;
            foreach (string version in testCase.Op.Versions(device, testCase.Inputs))
            {
                using var prepared = new PreparedCase(testCase, device, version, inputs);
                prepared.Run();
                Assert.Equal([1, 1, 0], prepared.Bits(0));
            }
        }
    }

    /// <summary>
    /// Objects at (a, b) and (b, a) from the one cell's centre: a² + b² with one product rounded and one fused would tell them apart, and not on all devices.
    /// </summary>
    [Theory]
    [MemberData(nameof(Devices))]
    public void Objects_equally_far_go_by_their_numbers(string deviceName)
    {
        const int pictures = 300;
        var random = new Random(6);
        var points = new List<float>();
        for (int n = 0; n < pictures; n++)
        {
            float x = 16 + (float)random.NextDouble(), y = 16 + 15 * (float)random.NextDouble();
            points.AddRange([x, y, x, y, y, x, y, x]);
        }
        var testCase = OpCase.Of("equally far", new AssignCells(1, 1, 32, 1), 1, (new Shape(pictures, 2, 4), new Fill.Given([.. points])),
            (new TensorSpec(new Shape(pictures, 2), ElementType.I32), new Fill.Same(0)));
        using var prepared = new PreparedCase(testCase, TestDevices.Find(deviceName), "kernel");
        prepared.Run();
        Assert.All(prepared.Bits(0), number => Assert.Equal(0, number));
    }

    /// <summary>
    /// Pairs whose IoU is the threshold but for the rounding of their coordinates: a device that fused a multiplication with an addition, or divided
    /// otherwise, would decide some of them otherwise.
    /// </summary>
    [Fact]
    public void Pairs_at_the_threshold_are_decided_alike_everywhere()
    {
        const int pairs = 500;
        const float threshold = 0.6f;
        var random = new Random(5);
        float[] boxes = new float[pairs * 8], classes = new float[pairs * 2];
        for (int i = 0; i < pairs; i++)
        {
            // Of boxes as wide and high, (w − d) / (w + d) is the IoU at a distance of d.
            double w = 5 + 40 * random.NextDouble(), h = 5 + 40 * random.NextDouble(), x = 200 * random.NextDouble(), y = 200 * random.NextDouble();
            double d = w * (1 - (double)threshold) / (1 + (double)threshold);
            double[] both = [x, y, x + w, y + h, x + d, y, x + d + w, y + h];
            for (int k = 0; k < 8; k++) boxes[i * 8 + k] = (float)both[k];
            classes[i * 2] = classes[i * 2 + 1] = i;
        }
        var testCase = OpCase.Of("pairs", new NonMaximumSuppression(threshold), 1,
            (new Shape(pairs * 2, 4), new Fill.Given(boxes)), (new TensorSpec(new Shape(pairs * 2), ElementType.I32), new Fill.Given(classes)));
        int[]? first = null;
        foreach (var device in TestDevices.All)
        {
            string version = testCase.Op.Versions(device, testCase.Inputs)[0];
            using var prepared = new PreparedCase(testCase, device, version);
            prepared.Run();
            int[] kept = prepared.Bits(0);
            first ??= kept;
            Assert.True(first.SequenceEqual(kept), $"{device} [{version}]");
            Assert.InRange(kept.Sum() - pairs, pairs / 4, pairs * 3 / 4);
        }
    }
}
