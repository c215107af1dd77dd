namespace FcnFromScratch.Engine.Kernels.Algorithms;

/// <summary>
/// Floating-point mathematics for kernels (integers take System.Math); each method has its counterpart in OpenCL C and CUDA C in the compiler's
/// intrinsic table.
/// </summary>
public static class XMath
{
    public const float PI = MathF.PI;

    public static float Abs(float x) => MathF.Abs(x);
    public static float Atan2(float y, float x) => MathF.Atan2(y, x);
    public static float Ceiling(float x) => MathF.Ceiling(x);
    public static float Clamp(float x, float min, float max) => Max(Min(x, max), min);
    public static float Cos(float x) => MathF.Cos(x);
    public static float Exp(float x) => MathF.Exp(x);
    public static float Floor(float x) => MathF.Floor(x);
    public static float Log(float x) => MathF.Log(x);
    public static float Log2(float x) => MathF.Log2(x);
    public static float Max(float x, float y) => MathF.Max(x, y);
    public static float Min(float x, float y) => MathF.Min(x, y);
    public static float Pow(float x, float y) => MathF.Pow(x, y);
    public static float Rsqrt(float x) => 1f / MathF.Sqrt(x);
    public static float Sin(float x) => MathF.Sin(x);
    public static float Sqrt(float x) => MathF.Sqrt(x);
    public static float Tanh(float x) => MathF.Tanh(x);
    public static bool IsNaN(float x) => float.IsNaN(x);

    public static double Abs(double x) => Math.Abs(x);
    public static double Exp(double x) => Math.Exp(x);
    public static double Log(double x) => Math.Log(x);
    public static double Max(double x, double y) => Math.Max(x, y);
    public static double Min(double x, double y) => Math.Min(x, y);
    public static double Sqrt(double x) => Math.Sqrt(x);
}
