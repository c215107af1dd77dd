namespace FcnFromScratch.Kernels.Tests.Compiler;

internal static partial class TestKernels
{
    public const int FunctionResults = 34;

    /// <summary>Every function of floats alone, so that none can stand for another: a anywhere, |b| at most 1, c above 0.</summary>
    private const string Functions = """
        namespace Trial;

        public static partial class FunctionKernels
        {
            private const int Results = 34;

            [Kernel]
            public static void Floats(Index1D index, ArrayView<float> y, ArrayView<float> x)
            {
                float a = x[3 * index], b = x[3 * index + 1], c = x[3 * index + 2];
                var r = y.SubView(index * Results, Results);
                int n = 0;
                r[n++] = XMath.Abs(a);
                r[n++] = MathF.Acos(b);
                r[n++] = MathF.Asin(b);
                r[n++] = MathF.Atan(a);
                r[n++] = MathF.Atan2(a, b);
                r[n++] = XMath.Ceiling(a);
                r[n++] = XMath.Clamp(a, -0.5f, 0.75f);
                r[n++] = XMath.Cos(a);
                r[n++] = MathF.Cosh(b);
                r[n++] = XMath.Exp(b);
                r[n++] = XMath.Floor(a);
                r[n++] = MathF.FusedMultiplyAdd(a, b, 0.75f);
                r[n++] = XMath.Log(c);
                r[n++] = MathF.Log10(c);
                r[n++] = XMath.Log2(c);
                r[n++] = XMath.Max(a, b);
                r[n++] = XMath.Min(a, b);
                r[n++] = XMath.Pow(c, b);
                r[n++] = MathF.Round(a);
                r[n++] = XMath.Sin(a);
                r[n++] = MathF.Sinh(b);
                r[n++] = XMath.Sqrt(c);
                r[n++] = MathF.Tan(b);
                r[n++] = XMath.Tanh(b);
                r[n++] = MathF.Truncate(a);
                r[n++] = XMath.Rsqrt(c);
                r[n++] = a % 0.7f;
                r[n++] = XMath.IsNaN(b / b) ? 1 : 0;
                r[n++] = float.IsFinite(1 / b) ? 1 : 0;
                r[n++] = float.IsInfinity(1 / b) ? 1 : 0;
                r[n++] = a < 0 ? float.NegativeInfinity : float.PositiveInfinity;
                r[n++] = Interop.IntAsFloat(Interop.FloatAsInt(a) ^ 0x80000000u);
                r[n++] = BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(c) + 1);
                r[n++] = BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(c) + 2u);
            }

            [Kernel]
            public static void Doubles(Index1D index, ArrayView<double> y, ArrayView<double> x)
            {
                double a = x[3 * index], b = x[3 * index + 1], c = x[3 * index + 2];
                var r = y.SubView(index * Results, Results);
                int n = 0;
                r[n++] = XMath.Abs(a);
                r[n++] = Math.Acos(b);
                r[n++] = Math.Asin(b);
                r[n++] = Math.Atan(a);
                r[n++] = Math.Atan2(a, b);
                r[n++] = Math.Ceiling(a);
                r[n++] = Math.Clamp(a, -0.5, 0.75);
                r[n++] = Math.Cos(a);
                r[n++] = Math.Cosh(b);
                r[n++] = XMath.Exp(b);
                r[n++] = Math.Floor(a);
                r[n++] = Math.FusedMultiplyAdd(a, b, 0.75);
                r[n++] = XMath.Log(c);
                r[n++] = Math.Log10(c);
                r[n++] = Math.Log2(c);
                r[n++] = XMath.Max(a, b);
                r[n++] = XMath.Min(a, b);
                r[n++] = Math.Pow(c, b);
                r[n++] = Math.Round(a);
                r[n++] = Math.Sin(a);
                r[n++] = Math.Sinh(b);
                r[n++] = XMath.Sqrt(c);
                r[n++] = Math.Tan(b);
                r[n++] = Math.Tanh(b);
                r[n++] = Math.Truncate(a);
                r[n++] = a % 0.7;
                r[n++] = double.IsNaN(b / b) ? 1 : 0;
                r[n++] = double.IsFinite(1 / b) ? 1 : 0;
                r[n++] = double.IsInfinity(1 / b) ? 1 : 0;
                r[n++] = a < 0 ? double.NegativeInfinity : double.PositiveInfinity;
            }
        }
        """;
}
