namespace FcnFromScratch.Kernels.Tests.Compiler;

internal static partial class TestKernels
{
    /// <summary>Every row of the intrinsic table that is no matter of groups.</summary>
    private const string Everything = """
        namespace Trial;

        public static partial class EverythingKernels
        {
            [Kernel]
            public static void Floats(Index1D index, ArrayView<float> y, ArrayView<float> x)
            {
                float a = x[index], s = 0;
                s += MathF.Abs(a) + MathF.Acos(a) + MathF.Asin(a) + MathF.Atan(a) + MathF.Atan2(a, s) + MathF.Ceiling(a) + XMath.Clamp(a, 0, 1);
                s += MathF.Cos(a) + MathF.Cosh(a) + XMath.Exp(a) + MathF.Floor(a) + MathF.FusedMultiplyAdd(a, a, s) + MathF.Log(a);
                s += MathF.Log10(a) + XMath.Log2(a) + MathF.Max(a, 1) + Math.Min(a, 1f) + XMath.Pow(a, 2) + MathF.Round(a) + XMath.Rsqrt(a);
                s += MathF.Sin(a) + MathF.Sinh(a) + XMath.Sqrt(a) + MathF.Tan(a) + XMath.Tanh(a) + MathF.Truncate(a) + a % 3f;
                s %= XMath.PI;
                if (XMath.IsNaN(a) || float.IsNaN(s) || float.IsFinite(a) || float.IsInfinity(s)) s = float.NaN;
                s += Interop.IntAsFloat(Interop.FloatAsInt(a) | 1u) + BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(a));
                s += BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(a));
                y[index] = s;
            }

            [Kernel]
            public static void Doubles(Index1D index, ArrayView<double> y, ArrayView<double> x)
            {
                double a = x[index], s = 0.1;
                s += XMath.Abs(a) + Math.Acos(a) + Math.Asin(a) + Math.Atan(a) + Math.Atan2(a, s) + Math.Ceiling(a) + Math.Clamp(a, 0, 1);
                s += Math.Cos(a) + Math.Cosh(a) + XMath.Exp(a) + Math.Floor(a) + Math.FusedMultiplyAdd(a, a, s) + Math.Log(a);
                s += Math.Log10(a) + Math.Log2(a) + XMath.Max(a, 1) + XMath.Min(a, 1) + Math.Pow(a, 2) + Math.Round(a) + Math.Sin(a);
                s += Math.Sinh(a) + XMath.Sqrt(a) + Math.Tan(a) + Math.Tanh(a) + Math.Truncate(a) + a % 3;
                if (double.IsNaN(a) || double.IsFinite(a) || double.IsInfinity(a)) s = double.PositiveInfinity;
                y[index] = s;
            }

            [Kernel]
            public static void Integers(Index1D index, ArrayView<long> y, ArrayView<int> x, ArrayView<uint> u, ArrayView<ulong> v)
            {
                int a = x[index];
                long s = Math.Max(a, 2) + Math.Min(a, (short)a) + Math.Clamp(a, 1, 2) + Math.Abs(a) + Math.Abs((long)a);
                s += Math.Max(u[0], 3) + Math.Min(u[1], u[2]) + Math.Clamp(u[0], 1, 2);
                s += Math.Max(s, a) + Math.Min(s, 5) + Math.Clamp(s, a, 7);
                s += (long)(Math.Max(v[0], 3) + Math.Min(v[0], u[0]) + Math.Clamp(v[0], 1, 2));
                Atomic.Max(ref x[1], a);
                Atomic.Min(ref x[2], a);
                Atomic.Add(ref u[3], 1);
                s += Atomic.Exchange(ref x[3], a);
                s += Atomic.CompareExchange(ref x[4], 0, a);
                Atomic.Max(ref u[4], 3);
                Atomic.Min(ref u[5], (uint)a);
                s += Atomic.Exchange(ref u[6], 1);
                s += Atomic.CompareExchange(ref u[7], 0, (uint)a);
                y[index] = s;
            }

            [Kernel]
            public static void Places(ArrayView<int> y)
            {
                var at = SharedMemory.Allocate<int>(1);
                at[0] = Grid.IdxX + Grid.IdxY + Grid.IdxZ + Grid.DimX + Grid.DimY + Grid.DimZ + Group.IdxZ + Group.DimY + Group.DimZ;
                Group.Barrier();
                y[Group.LinearIndex] = at[0] + Grid.GlobalIndex.Y * Grid.GlobalIndex.Z - Grid.GlobalIndex.X
                    + (Group.IdxX - Group.DimX < 0 ? 1 : 0) + Group.IdxY;
            }
        }
        """;

    /// <summary>Where C# and C part ways if the translation is not careful: conversions, signs, shifts, precedence, order.</summary>
    public const int ArithmeticResults = 88;

    private const string Arithmetic = """
        namespace Trial;

        internal static class Few
        {
            public const int Limit = 3;
            internal static class Sizes { public const int Most = 5; }
        }

        internal static class Many
        {
            public const int Limit = 40;
            internal static class Sizes { public const int Most = 70; }
        }

        public static partial class ArithmeticKernels
        {
            private const int Results = 88;
            private const uint Golden = 0x9E3779B9;
            private const long Far = -5_000_000_000;

            static int Twice(ref int value)
            {
                value *= 2;
                return value;
            }

            static int Early(int n)
            {
                int sum = 0, i = 0;
                while (true)
                {
                    i++;
                    if (i > n) break;
                    if (i % 3 == 0) continue;
                    sum += i;
                    for (int j = 0, k = 9; j < k; j += 2, k--)
                        if (j == 4) sum ^= k;
                        else sum++;
                }
                do { sum--; } while (sum > 100);
                return sum;
            }

            [Kernel]
            public static void Run(Index1D index, ArrayView<long> result, ArrayView<int> values, ArrayView<float> floats)
            {
                int a = values[2 * index], b = values[2 * index + 1], d = b == 0 ? 7 : b;
                uint u = (uint)a, v = (uint)b;
                long l = (long)a * b;
                ulong m = (ulong)l;
                byte small = (byte)a;
                sbyte tiny = (sbyte)b;
                short s16 = (short)a;
                ushort u16 = (ushort)b;
                float f = floats[index];
                var r = result.SubView(index * Results, Results);
                int n = 0;

                r[n++] = a / 3 + a % 7;
                r[n++] = u / 3 + u % 7;
                r[n++] = u + a;
                r[n++] = u * (long)a;
                r[n++] = u > a ? 1 : 0;
                r[n++] = a < v ? 1 : 0;
                r[n++] = -u;
                r[n++] = small - 300 + tiny;
                r[n++] = a >> 3;
                r[n++] = a >>> 3;
                r[n++] = u >> 3;
                r[n++] = u << b;
                r[n++] = 1 << a;
                r[n++] = 1L << a;
                r[n++] = l >> a;
                r[n++] = l >>> b;
                r[n++] = u << 35;
                r[n++] = (a & 0xff) == 0 || b > 3 && a != b ? 5 : 6;
                r[n++] = a & 0xff ^ b | 3;
                r[n++] = (u ^ v << 4) + (u >> 5 & 3);
                r[n++] = (long)(m % 1000003);
                r[n++] = (long)(m / 3 >> 1);
                r[n++] = s16 * 3 + u16 * 5;
                r[n++] = (short)(s16 * 5);
                r[n++] = (byte)(small << 3);
                r[n++] = small > tiny ? -1 : 1;
                r[n++] = u16 > s16 ? -1 : 1;
                r[n++] = int.MinValue;
                r[n++] = long.MinValue + int.MaxValue;
                r[n++] = Far + Golden;
                r[n++] = u * Golden;
                r[n++] = a % Few.Limit + 100 * (b % Many.Limit) + 10000 * (a % Few.Sizes.Most) + 1000000 * (b % Many.Sizes.Most);
                r[n++] = (u * 747796405u + 2891336453u) >> (int)((u >> 28) + 4u);
                r[n++] = ~a + ~u;
                r[n++] = (int)u - (int)(v & 0xffff);
                r[n++] = unchecked((int)0xdeadbeef);
                u += 0x80000000;
                r[n++] = u;
                u >>= 33;
                r[n++] = u;
                u <<= a;
                r[n++] = u;
                a >>>= 28;
                r[n++] = a;
                a ^= b;
                a |= 5;
                a &= ~2;
                r[n++] = a;
                small += 250;
                r[n++] = small;
                tiny--;
                r[n++] = tiny++;
                r[n++] = ++tiny;
                r[n++] = - -a - - -a;
                r[n++] = a - (b - (a - (b - 3)));
                r[n++] = a / (d * 1) * d + a % d;
                r[n++] = a == b == (u > 3) ? 1 : 0;
                r[n++] = (a > b ^ u > v) & !(a == 3) ? 1 : 0;
                r[n++] = a > 0 ? b > 0 ? 1 : 2 : b > 0 ? 3 : 4;
                r[n++] = Interop.FloatAsInt(f / 3);
                r[n++] = Interop.FloatAsInt(a / 3 * f + 1 / 2);
                r[n++] = Interop.FloatAsInt(f % 0.7f);
                r[n++] = Interop.FloatAsInt((float)a / d);
                r[n++] = Interop.FloatAsInt(u);
                r[n++] = Interop.FloatAsInt(l);
                r[n++] = Interop.FloatAsInt((float)0.1 + 16777217);
                r[n++] = Interop.FloatAsInt(1.17549435E-38f) + Interop.FloatAsInt(3.40282347E+38f) + Interop.FloatAsInt(1e-8f);
                r[n++] = (int)(f * 100f) + (long)f + (byte)(f * f % 200f);
                int t = 3;
                int w = Twice(ref t);
                r[n++] = w * 10 + t;
                r[n++] = Early(index + 5);
                r[n++] = (float.IsNaN(f) ? 1 : 0) + (f < 0f ? 2 : 0);
                r[n++] = 10 - r.SubView(3).Length;
                r[n++] = 10 - r.SubView(5, 7).Length;
                r[n++] = 2 * r.SubView(a & 3).SubView(1).IntLength;
                r[n++] = 10 - r.SubView((a & 3) + 2).Length;
                var part = r.SubView(a & 3);
                var rest = part.SubView(2);
                r[n++] = 10 - rest.Length;
                r[n++] = r.Cast<int>().Length;
                r[n++] = r.SubView(1, 3).Cast<short>().SubView(2).LengthInBytes % 7;
                r[n++] = 100 / r.Cast<byte>().Length + 3 * r.SubView(60).Cast<int>().Length;
                r[n++] = Math.Max(a, b) + 3 * Math.Min(a, b);
                r[n++] = Math.Clamp(a, -5, 6);
                r[n++] = Math.Abs(b);
                r[n++] = Math.Max(u, v);
                r[n++] = Math.Min(u, v);
                r[n++] = Math.Clamp(u, 2u, 9u);
                r[n++] = Math.Max(l, 5) - Math.Min(l, 7);
                r[n++] = Math.Clamp(l, -7, 8);
                r[n++] = Math.Abs((long)b - 3);
                r[n++] = (long)(Math.Max(m, 3) / 2 - Math.Min(m, 4));
                r[n++] = (long)Math.Clamp(m, 2, 9);
                r[n++] = (long)(m << 33 ^ m >>> 35);
                m <<= 40;
                r[n++] = (long)m;
                m >>= 37;
                r[n++] = (long)m;
                l <<= 35;
                r[n++] = l;
                r[n] = n;
            }
        }
        """;
}
