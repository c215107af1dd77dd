using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks.Classify;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>The machine and its solver, against scikit-learn and against the conditions that tell an optimum.</summary>
public sealed class SupportVectorTests : IDisposable
{
    private const int Count = 40;

    private readonly CpuDevice _device = new(2);
    private readonly TempFolder _folder = new();

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    // t = numpy.arange(40); X = numpy.stack([(t * 7) % 23 - 11, (t * 11) % 19 - 9, (t * 5) % 17 - 8], 1)
    private static readonly float[] s_points = Points(Count);

    // y = numpy.where((X[:, 0] + X[:, 1] * X[:, 2] / 8 > 0) ^ (t % 9 == 4), 1, -1)
    private static readonly sbyte[] s_signs = Signs(s_points);

    private static float[] Points(int count) =>
        [.. Enumerable.Range(0, count).SelectMany(t => new float[] { t * 7 % 23 - 11, t * 11 % 19 - 9, t * 5 % 17 - 8 })];

    private static sbyte[] Signs(float[] points) => [.. Enumerable.Range(0, points.Length / 3).Select(t =>
        (sbyte)(points[3 * t] + points[3 * t + 1] * points[3 * t + 2] / 8 > 0 ^ t % 9 == 4 ? 1 : -1))];

    private BinaryMachine Solve(double tolerance, int budget = 100_000, long room = 1 << 20, Device? device = null, int count = Count)
    {
        float[] points = Points(count);
        using var kernels = new KernelMatrix(device ?? _device, points, 3, 0.01f, room);
        return new SequentialMinimalOptimization(kernels, Signs(points), 2).Solve(tolerance, budget, default);
    }

    [Fact]
    public void It_is_the_machine_of_scikit_learn()
    {
        // m = sklearn.svm.SVC(C=2, gamma=0.01, tol=1e-10).fit(X, y) of scikit-learn 1.2: m.support_, m.dual_coef_, m.intercept_
        (int Vector, double Coefficient)[] known =
        [
            (0, -0.95413), (1, -2), (7, -2), (8, -2), (10, -0.461787), (11, -2), (13, -2), (22, -2), (24, -2), (33, -0.611153), (34, -0.539912),
            (37, -0.60591), (3, 1.570463), (4, 2), (5, 2), (6, 1.111038), (14, 2), (15, 2), (16, 0.010528), (18, 2), (21, 1.144011), (25, 0.153171),
            (26, 0.803019), (31, 2), (36, 0.380662),
        ];
        var machine = Solve(1e-9);
        Assert.True(machine.Converged);
        Assert.Equal(known.Select(k => k.Vector).Order(), machine.Vectors);
        foreach (var (vector, coefficient) in known) Assert.Equal(coefficient, machine.Coefficients[Array.IndexOf(machine.Vectors, vector)], 3);
        Assert.Equal(-0.04727, machine.Offset, 3);
        Assert.Equal(13, machine.Bounded);
        Assert.Equal(27.579033, machine.Primal, 4);
        Assert.Equal(27.579033, machine.Dual, 4);
    }

    /// <summary>
    /// Both objectives from their definitions, with what the machine is made of and nothing that the solver kept. 39 samples are no whole registers.
    /// </summary>
    [Theory]
    [InlineData(0.1, Count), InlineData(1e-3, Count), InlineData(1e-6, Count), InlineData(1e-6, Count - 1)]
    public void The_gap_is_that_of_the_definitions_and_within_the_tolerance(double tolerance, int count)
    {
        var machine = Solve(tolerance, count: count);
        double Kernel(int a, int b) => Math.Exp(-0.01 * Enumerable.Range(0, 3).Sum(i => Math.Pow(s_points[3 * a + i] - s_points[3 * b + i], 2)));
        double Decision(int t) => machine.Vectors.Zip(machine.Coefficients, (v, c) => c * Kernel(t, v)).Sum();
        double norm = machine.Vectors.Zip(machine.Coefficients, (v, c) => c * Decision(v)).Sum();
        double slack = Enumerable.Range(0, count).Sum(t => Math.Max(0, 1 - s_signs[t] * (Decision(t) + machine.Offset)));
        Assert.Equal(norm / 2 + 2 * slack, machine.Primal, 3);
        Assert.Equal(machine.Coefficients.Sum(Math.Abs) - norm / 2, machine.Dual, 3);
        Assert.InRange(machine.Gap, 0, tolerance);
        Assert.All(machine.Vectors.Zip(machine.Coefficients), v => Assert.InRange(v.Second * s_signs[v.First], 0, 2));
        Assert.Equal(0, machine.Coefficients.Sum(), 4);
        // What was asked for was not far surpassed: the rule stops it, not the budget.
        Assert.True(machine.Iterations < 100_000 && machine.Gap > tolerance / 1e4);
    }

    [Fact]
    public void Rows_that_were_let_go_come_back_as_they_were()
    {
        const int count = 5 * KernelMatrix.BatchRows;
        var (roomy, narrow) = (Solve(1e-6, count: count), Solve(1e-6, room: 1, count: count));
        Assert.Equal(roomy.Coefficients, narrow.Coefficients);
        Assert.Equal((roomy.Offset, roomy.Iterations), (narrow.Offset, narrow.Iterations));

        using var kernels = new KernelMatrix(_device, Points(count), 3, 0.01f, room: 1);
        float[] first = [.. kernels.Row(0, () => [])];
        for (int row = 0; row < count; row++) kernels.Row(row, () => []);
        Assert.False(kernels.Has(0));
        Assert.Equal(first, kernels.Row(0, () => [1, 1, 0, 2]));
        Assert.True(kernels.Has(1) && kernels.Has(2));
        Assert.Equal(1, first[0], 1e-6f);
        Assert.Equal(MathF.Exp(-0.01f * (7 * 7 + 11 * 11 + 5 * 5)), first[1], 1e-6f);
    }

    /// <summary>Two batches are the least room.</summary>
    [Fact]
    public void The_rows_that_were_used_last_are_kept()
    {
        const int room = 2 * KernelMatrix.BatchRows;
        using var kernels = new KernelMatrix(_device, Points(room + 9), 3, 0.01f, room: 1);
        for (int row = 0; row < room; row++) kernels.Row(row, () => []);
        kernels.Row(0, () => []);
        Assert.Equal(room, kernels.Computed);
        kernels.Row(room, () => []);
        Assert.Equal([1], Enumerable.Range(0, room + 1).Where(row => !kernels.Has(row)));
    }

    [Fact]
    public void A_budget_that_is_too_small_is_told()
    {
        var machine = Solve(1e-6, budget: 3);
        Assert.False(machine.Converged);
        Assert.Equal(3, machine.Iterations);
        Assert.InRange(machine.Gap, 0.01, 1);
    }

    [Fact]
    public void Every_device_finds_the_same_machine()
    {
        var here = Solve(1e-6);
        foreach (var device in TestDevices.All)
        {
            var there = Solve(1e-6, device: device);
            Assert.Equal(here.Vectors, there.Vectors);
            for (int i = 0; i < here.Coefficients.Length; i++) Assert.Equal(here.Coefficients[i], there.Coefficients[i], 1e-2f);
            Assert.Equal(here.Dual, there.Dual, 1e-4 * here.Dual);
        }
    }

    [Fact]
    public void Virtual_samples_are_shifted_and_keep_their_labels()
    {
        float[] vectors = new float[2 * 784];
        Array.Fill(vectors, -128);
        (vectors[5 * 28 + 6], vectors[784 + 27 * 28 + 27], vectors[784]) = (100, 50, 70);
        var samples = new VirtualSamples(vectors, [3, 1]);
        Assert.Equal([1], samples.Of(1));
        Assert.Empty(samples.Of(2));
        Assert.Empty(samples.Of(9));
        Assert.Equal(vectors[784..], samples.Vectors([1]));

        var shifted = samples.Shifted([0, 1], 2);
        Assert.Equal(10, shifted.Count);
        Assert.Equal([1, 3, 5, 7, 9], shifted.Of(1));
        (int, float)[] Ink(int sample) =>
            [.. shifted.Vectors([sample]).Select((v, i) => (i, v)).Where(p => p.v != -128)];
        Assert.Equal([[(5 * 28 + 6, 100f)], [(3 * 28 + 6, 100f)], [(7 * 28 + 6, 100f)], [(5 * 28 + 4, 100f)], [(5 * 28 + 8, 100f)]],
            new[] { 0, 2, 4, 6, 8 }.Select(Ink));
        // Beyond the edge ink is lost; none comes in at the other side.
        Assert.Equal([[(0, 70f), (783, 50f)], [(25 * 28 + 27, 50f)], [(56, 70f)], [(27 * 28 + 25, 50f)], [(2, 70f)]], new[] { 1, 3, 5, 7, 9 }.Select(Ink));
        // Of samples that are shifted already, as they lie.
        Assert.Equal(shifted.Vectors([4]), shifted.Shifted([4], 1).Vectors([0]));
    }

    // Two thirds of what is to be read is 0 … 8; there is no 9 to learn from.
    private static readonly DigitImages s_digits = WithoutNines(ProceduralDigits.Make(700, seed: 31));

    private static DigitImages WithoutNines(DigitImages digits) =>
        digits.Select("tests", [.. Enumerable.Range(0, digits.Count).Where(i => digits.Labels[i] != 9)]);

    /// <summary>A solver of digits 0, 1 and 2.</summary>
    private SupportVectorSolver Solver(double? gamma, out float[] vectors, out int[] labels)
    {
        int[] chosen = [.. Enumerable.Range(0, 120).Where(i => s_digits.Labels[i] < 3)];
        vectors = [.. chosen.SelectMany(i => s_digits.Image(i).ToArray()).Select(pixel => pixel - 128f)];
        labels = Array.ConvertAll(chosen, i => (int)s_digits.Labels[i]);
        return new SupportVectorSolver(new SupportVectorOptions(10, gamma, 1e-3, 100_000, Shift: 1), _device, vectors, labels, 3);
    }

    [Fact]
    public void A_support_vector_of_several_machines_is_shifted_once()
    {
        var solver = Solver(null, out _, out int[] labels);
        for (int machine = 0; machine < 3; machine++) solver.SolveNext(default);
        int[] all = [.. solver.Progress.Where(t => t.Name.EndsWith("vectors", StringComparison.Ordinal)).SelectMany(t => t.To<int>())];
        Assert.True(all.Distinct().Count() < all.Length);
        Assert.Contains($"machine 4/6: 0 against 1, {5 * all.Distinct().Count(v => labels[v] < 2)} digits, ", solver.SolveNext(default));
    }

    /// <summary>Where there is nothing to optimize nothing is wanting: once the gap was 0 / 0.</summary>
    [Fact]
    public void A_machine_with_digits_of_one_class_has_no_gap()
    {
        var solver = new SupportVectorSolver(new SupportVectorOptions(10, 0.02, 1e-3, 100, Shift: 0), _device, new float[784], [0], 2);
        Assert.Contains("1 digits, 0 support vectors (0 at C), dual gap 0.0e+0 after 0 steps", solver.SolveNext(default));
        Assert.Equal(0, (double)solver.ToJson()["largest_gap"]!);
    }

    /// <summary>Told and reported for pixels of 0 … 1, whatever the machine computes with.</summary>
    [Fact]
    public void Gamma_is_that_of_pixels_from_0_to_1()
    {
        Assert.Equal(0.02, (double)Solver(0.02, out _, out _).ToJson()["gamma"]!, 6);
        double gamma = (double)Solver(null, out float[] vectors, out _).ToJson()["gamma"]!;
        double[] pixels = Array.ConvertAll(vectors, v => (v + 128.0) / 255);
        double mean = pixels.Average();
        Assert.Equal(1, gamma * 784 * pixels.Average(p => (p - mean) * (p - mean)), 5);
    }

    private Arguments Asked => new Arguments(new ClassifyTask()).On(_device).With(Parameters.Model, "svm").With(Parameters.Seed, 3UL)
        .With(ClassifyParameters.Validation, 0);

    private Run Run(string name, Arguments arguments, bool resume = false, IRunObserver? observer = null, CancellationToken cancel = default)
    {
        using var folder = resume ? RunFolder.Open(_folder[name]) : RunFolder.Create(_folder[name], existOk: false);
        var run = new Run(arguments, new ClassifyTask().Open(s_digits, 500, "tests", "tests", arguments, null), folder);
        run.Train(observer ?? new SmallRuns.Observer(), cancel, resume);
        return run;
    }

    /// <summary>Asks to stop after so many lines of machines.</summary>
    private sealed class StopAfter(int machines, CancellationTokenSource source) : IRunObserver
    {
        private int _machines;

        public void Line(string text)
        {
            if (text.StartsWith("machine ", StringComparison.Ordinal) && ++_machines == machines) source.Cancel();
        }

        public void Steps(IReadOnlyList<StepResult> steps, int totalSteps, double imagesPerSecond) { }

        public void Epoch(EpochResult result, bool isBest) { }
    }

    [Fact]
    public void A_run_that_stops_goes_on_to_the_same_bits_and_a_class_without_digits_is_never_read()
    {
        var asked = Asked.With(ClassifyParameters.Virtual, 1);
        Assert.True(Run("whole", asked).IsComplete);
        foreach (int machines in new[] { 7, 60 })
        {
            using var source = new CancellationTokenSource();
            Assert.False(Run("stopped", asked, resume: machines > 7, new StopAfter(machines, source), source.Token).IsComplete);
            Assert.False((bool)JsonNode.Parse(File.ReadAllText(_folder["stopped/report.json"]))!["complete"]!);
        }
        Assert.True(Run("stopped", asked, resume: true).IsComplete);
        var stopped = SafetensorsFile.Read(_folder["stopped/weights/best.safetensors"]);
        foreach (var tensor in SafetensorsFile.Read(_folder["whole/weights/best.safetensors"]).Tensors)
            Assert.Equal(tensor.Bytes, stopped.Find(tensor.Name)!.Bytes);
        string log = File.ReadAllText(_folder["stopped/log.txt"]);
        for (int machine = 1; machine <= 90; machine++) Assert.Single(log.Split($"machine {machine}/90:")[1..]);
        Assert.Contains("stopped after part 7 of 90", log);

        var report = JsonNode.Parse(File.ReadAllText(_folder["whole/report.json"]))!;
        Assert.InRange((double)report["test"]!["accuracy"]!, 0.85, 1);
        Assert.Equal(90, report["solution"]!["machines"]!.AsArray().Count);
        Assert.InRange((double)report["solution"]!["largest_gap"]!, 0, 1e-3);
        // Nothing was read as a 9: its precision is no number.
        Assert.Null(report["test"]!["precision"]!["9"]);
        string page = File.ReadAllText(_folder["whole/report.html"]);
        Assert.Contains("3 against 5, with virtual samples", page);
        Assert.Contains($"Made of 500 images, of which it keeps {(int)report["kept"]!:N0}, on cpu", page);
    }

    [Fact]
    public void Damaged_solutions_are_refused()
    {
        using var source = new CancellationTokenSource();
        Run("run", Asked, observer: new StopAfter(3, source), cancel: source.Token);
        string path = _folder["run/weights/solution.safetensors"];
        var good = SafetensorsFile.Read(path);
        void Refused(string message, Func<SafetensorsTensor, SafetensorsTensor> change)
        {
            SafetensorsFile.Write(path, [.. good.Tensors.Select(change)], good.Metadata);
            Assert.Contains(message, Assert.Throws<EngineException>(() => Run("run", Asked, resume: true)).Message);
        }

        SafetensorsTensor When(SafetensorsTensor tensor, string name, SafetensorsTensor other) => tensor.Name == name ? other : tensor;
        SafetensorsTensor Ones(SafetensorsTensor tensor) => tensor with { Bytes = [.. Enumerable.Repeat((byte)255, tensor.Bytes.Length)] };
        Refused("machine 1 has values that no machine has", t => When(t, "1.vectors", Ones(t)));
        Refused("machine 2 has values that no machine has", t => When(t, "2.coefficients", Ones(t)));
        Refused("machine 0 is none of this run's", t => When(t, "0.coefficients", SafetensorsTensor.From<float>(t.Name, [1], 1)));
        Refused("machine 1 is none of this run's", t => When(t, "1.figures", SafetensorsTensor.From<double>(t.Name, [1], 1)));
        float[] coefficients = good.Find("0.coefficients")!.To<float>();
        int[] vectors = good.Find("0.vectors")!.To<int>();
        foreach (float factor in new[] { -1, 1e6f })
            Refused("machine 0 has values that no machine has", t => When(t, "0.coefficients",
                SafetensorsTensor.From<float>(t.Name, [.. coefficients.Select(c => factor * c)], coefficients.Length)));
        Refused("machine 0 has values that no machine has", t => When(t, "0.vectors",
            SafetensorsTensor.From<int>(t.Name, [.. vectors.Select(_ => vectors[0])], vectors.Length)));
        SafetensorsFile.Write(path, good.Tensors, new Dictionary<string, string>());
        Assert.Contains("does not say what was solved", Assert.Throws<EngineException>(() => Run("run", Asked, resume: true)).Message);
        // The last of the figures are the seconds: what it took before counts.
        double[] figures = good.Find("1.figures")!.To<double>();
        figures[^1] = 5000;
        SafetensorsFile.Write(path, [.. good.Tensors.Select(t => When(t, "1.figures", SafetensorsTensor.From<double>(t.Name, figures, 7)))], good.Metadata);
        Assert.Contains("'c' is 20, and", Assert.Throws<EngineException>(() => Run("run", Asked.With(ClassifyParameters.C, 20), resume: true)).Message);
        Assert.True(Run("run", Asked, resume: true).IsComplete);
        Assert.InRange((double)JsonNode.Parse(File.ReadAllText(_folder["run/report.json"]))!["wall_seconds"]!, 5000, 6000);
    }

    [Fact]
    public void What_did_not_converge_says_so_and_is_kept()
    {
        var run = Run("run", Asked.With(ClassifyParameters.Iterations, 5));
        Assert.True(run.IsComplete);
        Assert.Matches("^[0-9]+ of 45 machines did not converge in 5 steps: the largest dual gap is [0-9.e+-]+, 0.001 was asked for", run.Shortfall);
        Assert.True(File.Exists(_folder["run/weights/best.safetensors"]));
        Assert.Null(Run("good", Asked).Shortfall);
    }

    /// <summary>Nothing to tell apart, and nothing to choose gamma by.</summary>
    [Fact]
    public void Sets_of_one_kind_end_in_words_or_in_a_model()
    {
        SupportVectorSolver Solver(double? gamma, float[] vectors, params int[] labels) =>
            new(new SupportVectorOptions(10, gamma, 1e-3, 1000, 0), _device, vectors, labels, 3);
        float[] flat = new float[2 * 784], two = [.. Enumerable.Repeat(-128f, 784), .. Enumerable.Repeat(100f, 784)];
        Assert.Contains("their variance is 0 and --gamma cannot be chosen by it",
            Assert.Throws<EngineException>(() => Solver(null, flat, 0, 1)).Message);
        var solver = Solver(0.02, two, 1, 1);
        while (solver.Solved < solver.Parts) Assert.DoesNotContain("NaN", solver.SolveNext(default));
        Assert.Equal(0, (double)solver.ToJson()["largest_gap"]!);
        Assert.Null(solver.Shortfall);
        // The first machine, 0 against 1, knows 1 alone; 0 against 2 knows neither.
        var values = solver.With(new ClassifyTask().Open(s_digits, 500, "tests", "tests", Asked, null)).Values;
        Assert.Equal([-1, 0, 1], values["offsets"]());
        Assert.Equal(new float[3], values["coefficients"]());
        // The same digit with two labels: no machine can tell, and each stands at C.
        var contradiction = Solver(0.02, flat, 0, 1);
        Assert.Contains("2 support vectors (2 at C)", contradiction.SolveNext(default));
    }
}
