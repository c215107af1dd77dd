using System.CommandLine;
using System.CommandLine.Parsing;

namespace FcnFromScratch.App.Shell;

/// <summary>What is wrong with the words of a call.</summary>
internal static class Mistakes
{
    /// <summary>The first thing wrong, in one line; for an unknown word also the nearest that would be known. Null if all is well.</summary>
    public static string? First(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        string see = $"see '{Help.Path(command)} --help'";
        if (parsed.UnmatchedTokens.FirstOrDefault() is { } unknown)
        {
            bool isFlag = unknown.StartsWith('-');
            var known = isFlag ? command.Options.SelectMany(o => o.Aliases.Append(o.Name)) : command.Subcommands.Select(c => c.Name);
            return $"unknown {(isFlag ? "flag" : "command or argument")} '{unknown}'{Nearest.Of(unknown, known)}; {see}";
        }
        // Asked for help, nobody needs to hear that an option is missing.
        if (parsed.Action is Help) return null;
        if (parsed.CommandResult.Children.OfType<ArgumentResult>().FirstOrDefault(a => a.Tokens.Any(t => t.Value.Length == 0)) is { } empty)
            return $"{empty.Argument.Name} is empty; {see}";
        if (parsed.Errors.Count == 0) return null;
        if (command.Action is null) return $"'{Help.Path(command)}' needs one of {string.Join(", ", command.Subcommands.Select(c => c.Name))}; {see}";
        return parsed.Errors[0] switch
        {
            { SymbolResult: OptionResult { Implicit: true } option } => $"{option.Option.Name} is required; {see}",
            { SymbolResult: OptionResult { Tokens.Count: 0 } option } => $"{option.Option.Name} needs a value; {see}",
            { SymbolResult: OptionResult option } when option.Tokens.Count > option.Option.Arity.MaximumNumberOfValues =>
                $"{option.Option.Name} is given {option.Tokens.Count} times ({string.Join(", ", option.Tokens.Select(t => t.Value))}); give it once",
            { SymbolResult: ArgumentResult { Tokens.Count: 0 } argument } => $"{argument.Argument.Name} is missing; {see}",
            var error => error.Message,
        };
    }
}
