using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Runtime;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Compiler;

/// <summary>Generated launchers, run: what they bind, and which items they visit.</summary>
public sealed class LauncherTests
{
    private sealed class Recorder : IArgumentBinder
    {
        public List<string> Arguments { get; } = [];
        public void View<T>(ArrayView<T> view) where T : unmanaged => Arguments.Add($"view {typeof(T).Name} {view.Length}");
        public void Value<T>(T value) where T : unmanaged => Arguments.Add($"{typeof(T).Name} {value}");
        public void Specialized(string name, int value) => Arguments.Add($"{name} = {value}");
    }

    [Fact]
    public void Arguments_are_bound_in_the_order_of_the_texts_parameters()
    {
        object shape = Activator.CreateInstance(TestKernels.Assembly.GetType("Trial.Shape")!, 5, 2)!;
        var launch = Harness.Launch(TestKernels.Assembly, "Trial.ScaleKernels+ScaleLaunch",
            new Index2D(4, 3), View<float>(24), View<float>(30), shape, SpecializedValue.New(7), 2, 0.5f);
        Assert.Equal(["view Single 24", "view Single 30", "Shape Trial.Shape", "taps = 7", "Int32 2", "Single 0.5", "Int32 4", "Int32 3"], Bound(launch));
        Assert.True(launch.Size.IsImplicit);
        Assert.Equal(12, launch.Size.Items);
    }

    [Fact]
    public void A_view_whose_length_the_kernel_asks_for_is_followed_by_it()
    {
        var launch = Harness.Launch(TestKernels.Assembly, "Trial.HistogramKernels+CountLaunch",
            new KernelConfig(new Index3D(4, 1, 1), new Index3D(256, 1, 1)), View<int>(257), View<byte>(1000), View<uint>(1));
        Assert.Equal(["view Int32 257", "view Byte 1000", "Int64 1000", "view UInt32 1"], Bound(launch));
        Assert.Equal(LaunchSize.Explicit(new KernelConfig(new Index3D(4, 1, 1), new Index3D(256, 1, 1))), launch.Size);
    }

    [Theory]
    [InlineData(0, 24)]
    [InlineData(5, 17)]
    [InlineData(11, 12)]
    [InlineData(17, 22)]
    [InlineData(3, 3)]
    public void RunItems_visits_a_range_of_a_volume_in_linear_order(int begin, int end)
    {
        using var buffer = new HostBuffer(4 * 25, "y");
        var y = new ArrayView<int>(buffer, 0, 24);
        var item = new ArrayView<int>(buffer, 96, 1);
        item[0] = 1;
        // 4 wide, 3 high, 2 deep: element (z * 3 + y) * 4 + x becomes 100 z + 10 y + x + 1.
        Harness.Launch(TestKernels.Assembly, "Trial.VolumeKernels+NumberLaunch", new Index3D(4, 3, 2), y, 4, 3, item).RunItems(begin, end);
        for (int i = 0; i < 24; i++)
            Assert.Equal(i < begin || i >= end ? 0 : i / 12 * 100 + i / 4 % 3 * 10 + i % 4 + 1, y[i]);
    }

    [Theory]
    [InlineData(0, 12)]
    [InlineData(4, 9)]
    public void RunItems_visits_a_range_of_a_plane_in_linear_order(int begin, int end)
    {
        using var buffer = new HostBuffer(4 * 12, "y");
        var y = new ArrayView<int>(buffer, 0, 12);
        Harness.Launch(TestKernels.Assembly, "Trial.VolumeKernels+PlaneLaunch", new Index2D(4, 3), y, 4).RunItems(begin, end);
        for (int i = 0; i < 12; i++) Assert.Equal(i < begin || i >= end ? 0 : i / 4 * 10 + i % 4, y[i]);
    }

    [Fact]
    public void An_extent_past_32_bits_is_refused()
    {
        var error = Assert.Throws<System.Reflection.TargetInvocationException>(() =>
            Harness.Launch(TestKernels.Assembly, "Trial.VolumeKernels+PlaneLaunch", new Index2D(1 << 16, 1 << 16), View<int>(1), 1));
        Assert.IsType<OverflowException>(error.InnerException);
    }

    [Fact]
    public void A_launcher_is_as_public_as_what_it_takes()
    {
        var assembly = Harness.Build(("Own.cs", """
            namespace Trial;

            internal readonly record struct Own(float A, float B);

            public static partial class OwnKernels
            {
                [Kernel]
                internal static void Sum(Index1D index, ArrayView<float> y, ArrayView<Own> x) => y[index] = x[index].A + x[index].B;

                [Kernel]
                public static void Clear(Index1D index, ArrayView<float> y) => y[index] = 0;
            }
            """));
        Assert.False(assembly.GetType("Trial.OwnKernels+SumLaunch", throwOnError: true)!.IsVisible);
        Assert.True(assembly.GetType("Trial.OwnKernels+ClearLaunch", throwOnError: true)!.IsVisible);
    }

    [Fact]
    public void Infos_say_where_the_kernel_is_and_what_it_needs()
    {
        var tiled = TestKernels.Get("MatMulKernels.Tiled");
        Assert.Equal(("MatMulKernels_Tiled", "Tiled.cs", 8, false), (tiled.EntryPoint, tiled.SourceFile, tiled.SourceLine, tiled.IsImplicit));
        Assert.Equal(KernelFeatures.Barrier | KernelFeatures.SharedMemory, tiled.Features);
        Assert.Equal(KernelFeatures.Warp, TestKernels.Get("SumKernels.WarpSum").Features);
        Assert.Equal(KernelFeatures.Double, TestKernels.Get("EverythingKernels.Doubles").Features);
        Assert.Equal(KernelFeatures.None, TestKernels.Get("EverythingKernels.Floats").Features);
        Assert.True(TestKernels.Get("EverythingKernels.Integers").Features.HasFlag(KernelFeatures.Atomics));
        Assert.True(TestKernels.Get("ActivationKernels.Relu").IsImplicit);
        Assert.StartsWith("[Kernel]\nprivate static void Tiled(", tiled.CSharp);
        Assert.EndsWith("\n}\n", tiled.CSharp);
    }

    [Fact]
    public void The_catalog_finds_kernels_and_names_the_nearest()
    {
        var some = KernelCatalog.All[0];
        Assert.Same(some, KernelCatalog.Find(some.Name.ToUpperInvariant()));
        var error = Assert.Throws<EngineException>(() => KernelCatalog.Find(some.Name + "x"));
        Assert.Equal($"no kernel is called '{some.Name}x'; did you mean '{some.Name}'?", error.Message);
        Assert.Equal("no kernel is called 'CONV2DKERNELS.TIELD'; did you mean 'Conv2dKernels.Tiled'?",
            Assert.Throws<EngineException>(() => KernelCatalog.Find("CONV2DKERNELS.TIELD")).Message);
        Assert.Equal("no kernel is called 'Foo'", Assert.Throws<EngineException>(() => KernelCatalog.Find("Foo")).Message);
    }

    private static ArrayView<T> View<T>(long length) where T : unmanaged => new(null, 0, length);

    private static List<string> Bound(KernelLaunch launch)
    {
        var recorder = new Recorder();
        launch.Bind(recorder);
        return recorder.Arguments;
    }
}
