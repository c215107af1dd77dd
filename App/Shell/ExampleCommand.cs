using System.CommandLine;

namespace FcnFromScratch.App.Shell;

/// <summary>A command whose help ends with examples.</summary>
/// <param name="examples">What to type, and what it does; the tests run each.</param>
internal sealed class ExampleCommand(string name, string description, params IReadOnlyList<(string Line, string Does)> examples) : Command(name, description)
{
    public IReadOnlyList<(string Line, string Does)> Examples => examples;
}
