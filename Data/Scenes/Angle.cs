namespace FcnFromScratch.Data;

/// <summary>Sine and cosine by their power series, since those of the system's library differ from machine to machine in the last bit.</summary>
internal static class Angle
{
    /// <param name="degrees">−180 … 180; of it the error is below 1e-7.</param>
    public static (float Sin, float Cos) Of(float degrees)
    {
        double x = degrees * (Math.PI / 180), term = 1, cos = 1, sin = 0;
        // π²⁵/25! is 2e-13.
        for (int n = 1; n <= 25; n++)
        {
            term *= x / n;
            switch (n % 4)
            {
                case 0: cos += term; break;
                case 1: sin += term; break;
                case 2: cos -= term; break;
                default: sin -= term; break;
            }
        }
        return ((float)sin, (float)cos);
    }
}
