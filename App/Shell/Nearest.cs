using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.App.Shell;

internal static class Nearest
{
    /// <summary>": did you mean 'x'?" where a known word is near; else empty.</summary>
    public static string Of(string word, IEnumerable<string> known) => EditDistance.Nearest(word, known) is { } nearest ? $": did you mean '{nearest}'?" : "";
}
