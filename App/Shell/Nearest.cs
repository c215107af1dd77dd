using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.App.Shell;

internal static class Nearest
{
    /// <summary>": did you mean 'x'?" where a known word is near; else empty.</summary>
    public static string Of(string word, IEnumerable<string> known)
    {
        var nearest = known.Select(k => (Word: k, Distance: EditDistance.Between(word, k))).OrderBy(k => k.Distance).FirstOrDefault();
        return nearest.Word is not null && nearest.Distance <= Math.Max(2, word.Length / 3) ? $": did you mean '{nearest.Word}'?" : "";
    }
}
