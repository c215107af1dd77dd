using System.Runtime.Intrinsics;

namespace FcnFromScratch.Engine.Devices.Cpu;

/// <summary>Which registers the cpu device computes with: the widest that the machine has, or narrower ones in tests.</summary>
internal static class SimdWidth
{
    [ThreadStatic]
    private static int t_forced;

    /// <summary>The widths in bits that this machine runs natively, widest first.</summary>
    public static IEnumerable<int> Available
    {
        get
        {
            if (Vector512.IsHardwareAccelerated) yield return 512;
            if (Vector256.IsHardwareAccelerated) yield return 256;
            yield return 128;
        }
    }

    /// <summary>For tests: the bits that launches constructed on this thread will use; 0 is the widest.</summary>
    public static int Forced
    {
        set => t_forced = value;
    }

    /// <summary>The version of a method for the width in force.</summary>
    public static TDelegate Choose<TDelegate>(TDelegate bits512, TDelegate bits256, TDelegate bits128) where TDelegate : Delegate =>
        (t_forced != 0 ? t_forced : Available.First()) switch
        {
            512 => bits512,
            256 => bits256,
            _ => bits128,
        };
}
