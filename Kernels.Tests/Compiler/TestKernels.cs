using System.Reflection;
using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.Kernels.Tests.Compiler;

/// <summary>The kernels that the compiler's tests translate, one file each.</summary>
internal static partial class TestKernels
{
    private static readonly Lazy<Assembly> s_assembly = new(() => Harness.Build(
    [
        ("Relu.cs", Relu), ("Tiled.cs", Tiled), ("Scale.cs", Scale), ("Histogram.cs", Histogram), ("WarpSum.cs", WarpSum), ("Helpers.cs", Helpers),
        ("Words.cs", Words), ("Vectors.cs", Vectors), ("Everything.cs", Everything), ("Arithmetic.cs", Arithmetic), ("Layout.cs", Layout),
        ("Volume.cs", Volume), ("Corners.cs", Corners), ("Atomics.cs", Atomics), ("Functions.cs", Functions),
    ]));

    public static Assembly Assembly => s_assembly.Value;
    public static IReadOnlyList<KernelInfo> All => Harness.Kernels(Assembly);
    public static IEnumerable<string> Sources =>
        [Relu, Tiled, Scale, Histogram, WarpSum, Helpers, Words, Vectors, Everything, Arithmetic, Layout, Volume, Corners, Atomics, Functions];
    public static KernelInfo Get(string name) => All.Single(kernel => kernel.Name == name);

    private const string Relu = """
        namespace Trial;

        public static partial class ActivationKernels
        {
            [Kernel]
            public static void Relu(Index1D index, ArrayView<float> y, ArrayView<float> x)
            {
                // Negative → 0.
                y[index] = XMath.Max(x[index], 0);
            }
        }
        """;

    private const string Tiled = """
        namespace Trial;

        internal static partial class MatMulKernels
        {
            private const int Tile = 16;

            [Kernel]
            private static void Tiled(ArrayView<float> c, ArrayView<float> a, ArrayView<float> b, int n)
            {
                int tx = Group.IdxX, ty = Group.IdxY;
                int row = Grid.IdxY * Tile + ty;
                int column = Grid.GlobalIndex.X;
                var aTile = SharedMemory.Allocate<float>(Tile * Tile);
                var bTile = SharedMemory.Allocate<float>(Tile * Tile);
                float sum = 0f;

                for (int k = 0; k < n; k += Tile)
                {
                    aTile[ty * Tile + tx] = a[row * n + k + tx]; // coalesced
                    bTile[ty * Tile + tx] = b[(k + ty) * n + column];
                    Group.Barrier();
                    for (int j = 0; j < Tile; j++)
                        sum += aTile[ty * Tile + j] * bTile[j * Tile + tx];
                    Group.Barrier();
                }
                c[row * n + column] = sum;
            }
        }
        """;

    private const string Scale = """
        namespace Trial;

        public enum Mode { Plain, Leaky = 2 }

        public readonly struct Shape(int width, int channels)
        {
            public readonly int Width = width;
            public int Channels { get; } = channels;
            public int Row => Width * Channels;
            public int At(int y, int x) => y * Row + x * Channels;
        }

        public static partial class ScaleKernels
        {
            private const float Slope = 1e-2f;

            [Kernel]
            public static void Scale(Index2D index, ArrayView<float> y, ArrayView<float> x, Shape shape, SpecializedValue<int> taps, int mode, float factor)
            {
                var row = x.SubView(index.Y * shape.Row, shape.Row);
                float sum = 0;
                for (int i = 0; i < taps; i++)
                    if (index.X + i < row.Length) sum += row[index.X + i];
                if (mode == (int)Mode.Leaky && sum < 0)
                {
                    sum *= Slope;
                }
                else if (mode == 1) sum = -sum;
                else sum = sum > 1f ? 1f : sum;
                y[shape.At(index.Y, index.X)] = sum * factor / taps.Value;
            }
        }
        """;

    private const string Histogram = """
        namespace Trial;

        public static partial class HistogramKernels
        {
            [Kernel]
            public static void Count(ArrayView<int> counts, ArrayView<byte> values, ArrayView<uint> total)
            {
                const int bins = 8 * 32;
                var local = SharedMemory.Allocate<int>(bins);
                int item = Group.LinearIndex;
                local[item] = 0;
                Group.Barrier();
                int at = Grid.IdxX * Group.DimX + item;
                if (at < values.IntLength) Atomic.Add(ref local[(int)values[at]], 1);
                Group.Barrier();
                Atomic.Add(ref counts[item], local[item]);
                if (item == 0 && Atomic.Add(ref total[0], (uint)Group.DimX) > 1000000u) Atomic.Max(ref counts[bins], at);
            }
        }
        """;

    private const string WarpSum = """
        namespace Trial;

        public static partial class SumKernels
        {
            [Kernel]
            public static void WarpSum(ArrayView<float> y, ArrayView<float> x)
            {
                int i = Grid.GlobalIndex.X;
                float sum = x[i];
                for (int delta = Warp.WarpSize / 2; delta > 0; delta >>= 1) sum += Warp.ShuffleDown(sum, delta);
                sum = Warp.Shuffle(sum, 0) + Warp.ShuffleXor(sum, 1);
                Warp.Barrier();
                if (Warp.LaneIdx == 0) y[Grid.IdxX * (Group.DimX / 32) + Warp.WarpIdx] = sum;
            }
        }
        """;

    private const string Helpers = """
        namespace Trial;

        internal static class Tools
        {
            public static void Divide(int a, int b, out int quotient, ref int rest)
            {
                quotient = a / b;
                rest = a - quotient * b;
            }

            public static float Dot(ArrayView<float> a, ArrayView<float> b)
            {
                float sum = 0;
                for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
                return sum;
            }

            public static void Fill(ArrayView<float> a, float value = 1)
            {
                do
                {
                    a[0] = value;
                    value -= 1;
                }
                while (value > 0);
            }
        }

        public static partial class HelperKernels
        {
            static void Exchange(ref float a, ref float b)
            {
                float old = a;
                a = b;
                b = old;
            }

            [Kernel]
            public static void Use(Index1D index, ArrayView<float> y, ArrayView<float> x, ArrayView<float> w)
            {
                var window = x.SubView(index, 4);
                var own = LocalMemory.Allocate<float>(4);
                Tools.Fill(own);
                for (int i = 0; i < 4; i++) own[i] = i;
                int rest = 0;
                Tools.Divide(b: 3, a: index, quotient: out var quotient, rest: ref rest);
                Exchange(ref own[0], ref own[3]);
                Exchange(ref y[index], ref own[rest]);
                y[index] = Tools.Dot(window, w) + Tools.Dot(own, w.SubView(1)) * quotient;
            }
        }
        """;

    private const string Words = """
        namespace Trial;

        public static partial class WordKernels
        {
            private const int linear = 2, Width = 3;

            public readonly struct half(int Width)
            {
                public readonly int global = Width;
                public readonly float kernel = 0.5f;
            }

            [Kernel]
            public static void Words(Index1D local, ArrayView<int> signed, half half, int begin, int extent)
            {
                // A path: C:\temp\
                int min = half.global, float4 = WordKernels.linear, linear = Width, min_ = 1, größe = 4;
                bool @switch = min > float4 | linear < min_ & extent != begin;
                signed[local] = @switch ? min + float4 : linear - -min_ + größe;
            }
        }
        """;

    private const string Vectors = """
        namespace Trial;

        public readonly record struct Float4(float X, float Y, float Z, float W)
        {
            public static Float4 operator +(Float4 a, Float4 b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z, a.W + b.W);
            public static Float4 operator -(Float4 a) => new(-a.X, -a.Y, -a.Z, -a.W);
            public static implicit operator Float4(float value) => new(value, value, value, value);
            public float Sum() => X + Y + Z + W;
        }

        public readonly struct Range
        {
            public Range(float low, float high)
            {
                Low = XMath.Min(low, high);
                High = XMath.Max(low, high);
            }

            public float Low { get; }
            public float High { get; }
            public float Width
            {
                get { return High - this.Low; }
            }
            public bool Holds(in Float4 v) => v.X >= Low && v.X <= High;
        }

        public static partial class VectorKernels
        {
            [Kernel]
            public static void Add(Index1D index, ArrayView<float> y, ArrayView<float> x, ArrayView<Float4> bias)
            {
                var source = x.Cast<Float4>();
                if (index >= source.Length) return;
                Float4 sum = source[index] + bias[0];
                sum += 1f;
                var range = new Range(sum.X, high: sum.Sum());
                y.Cast<Float4>()[index] = range.Holds(sum) ? -sum : new Float4(range.Width, 0, float.MaxValue, float.NegativeInfinity);
            }
        }
        """;

    private const string Volume = """
        namespace Trial;

        public static partial class VolumeKernels
        {
            [Kernel]
            public static void Number(Index3D index, ArrayView<int> y, int begin, int end, ArrayView<int> item)
            {
                var digits = LocalMemory.Allocate<int>(3);
                digits[0] = index.X;
                digits[1] = index.Y;
                digits[2] = index.Z;
                y[(index.Z * end + index.Y) * begin + index.X] += 100 * digits[2] + 10 * digits[1] + digits[0] + item[0];
            }

            [Kernel]
            public static void Plane(Index2D index, ArrayView<int> y, int width) => y[index.Y * width + index.X] += 10 * index.Y + index.X;
        }
        """;

    private const string Layout = """
        namespace Trial;

        public enum Small : byte { A, B }

        public readonly record struct Mixed(byte A, double B, Small C)
        {
            public readonly short D = 1;
            public readonly long E = 2;
            public float F { get; } = 3;
            public readonly sbyte G = 4;
        }

        public readonly record struct Pair(float X, float Y);

        public static partial class LayoutKernels
        {
            [Kernel]
            public static void Read(Index1D index, ArrayView<double> y, Mixed mixed, ArrayView<Pair> pairs, ArrayView<Mixed> all)
            {
                Mixed m = all[index];
                y[index] = mixed.A + mixed.B + (int)mixed.C + m.D + m.E + m.F + m.G + pairs[index].Y;
                if (mixed.C == Small.B) y[index] = double.MaxValue % 3.5;
            }
        }
        """;

    /// <summary>What is allowed and seldom written.</summary>
    private const string Corners = """
        namespace Trial;

        internal static class Extensions
        {
            public static float Half => 0.5f;
            public static float Third { get { return 1f / 3f; } }
            public static int Low(this int value) => value & 0xF;
            public static int Low(this uint value) => (int)(value & 0xFu);
            public static long Bytes(ArrayView<float> view) => view.LengthInBytes + view.SubView(2).Length;
        }

        public static partial class CornerKernels
        {
            static bool Next(ref int state, out float value)
            {
                state = state * 5 % 1000;
                value = state * Extensions.Half;
                return state > 500;
            }

            static void First(ArrayView<float> a, ArrayView<float> b) => b[0] = a[0];

            [Kernel]
            public static void Corners(ArrayView<float> y, ArrayView<float> x, SpecializedValue<int> taps, Index1D count, LongIndex1D far)
            {
                const int rows = 2;
                var scratch = SharedMemory.Allocate<float>((taps + 1) * 4);
                var own = LocalMemory.Allocate<float>(rows * 8);
                int state = count + 1;
                if (x.Length > 8)
                {
                    var part = SharedMemory.Allocate<float>(8);
                    part[0] = state;
                    scratch[1] = part[0];
                }
                else
                {
                    var part = SharedMemory.Allocate<float>(rows * 8);
                    part[15] = state.Low() + ((uint)state).Low();
                    scratch[2] = part[15];
                }
                First(x, scratch.SubView(1));
                First(scratch, own);
                First(own, y.SubView(1, 2).SubView(1));
                if (Next(ref state, out var value) && value > 1f) y[far] = value;
                else if (taps.Value > 2) y[0] = Extensions.Third;
                var tail = y.SubView(count);
                var end = tail.SubView(1);
                { y[1] = end.Length + Extensions.Bytes(x); }
                for (; ; )
                {
                    state++;
                    if (state > 3) break;
                }
                y[2] = scratch[(int)(scratch.Length - 1)] + own.Length;
            }
        }
        """;
}
