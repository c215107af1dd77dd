using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FcnFromScratch.App.Commands;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.App;

/// <summary>Exit codes that scripts can rely on.</summary>
public static class ExitCode
{
    public const int Ok = 0, Failed = 1, Usage = 2, Cancelled = 130;
}

/// <summary>An argument whose value is no good; ends the program with <see cref="ExitCode.Usage"/>.</summary>
public sealed class UsageException(string message) : Exception(message);

/// <summary>What all commands share: how arguments are checked and errors told. Every error is one line on standard error.</summary>
public static class CommandLine
{
    /// <summary>An argument that begins with '@' is a name like any other, not a file of arguments.</summary>
    private static readonly ParserConfiguration s_parser = new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };

    public static int Run(string[] args)
    {
        var root = Root();
        var parsed = Parse(root, args);
        // The help answers a call without arguments too, but as one that did nothing.
        if (args.Length == 0)
        {
            Help.Print(parsed, Console.Error);
            return ExitCode.Usage;
        }
        if (Mistake(parsed) is { } mistake) return Fail(mistake, ExitCode.Usage);
        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (UsageException e)
        {
            return Fail(e.Message, ExitCode.Usage);
        }
        catch (Exception e) when (e is EngineException or DataException or IOException or UnauthorizedAccessException)
        {
            return Fail(e.Message, ExitCode.Failed);
        }
    }

    internal static RootCommand Root()
    {
        var root = new RootCommand("FcnFromScratch: a deep-learning engine in C#, kernels included, that segments handwritten digits.")
        {
            TrainCommand.Create(),
            ResumeCommand.Create(),
            ValCommand.Create(),
            PredictCommand.Create(),
            DataCommand.Create(),
            SummaryCommand.Create(),
            DevicesCommand.Create(),
            KernelsCommand.Create(),
            CheckCommand.Create(),
            BenchCommand.Create(),
        };
        Help.AddTo(root);
        return root;
    }

    /// <summary>Reads arguments; <c>help X</c> is another way to write <c>X --help</c>.</summary>
    internal static ParseResult Parse(RootCommand root, string[] args) =>
        root.Parse(args is ["help", .. var words] ? [.. words, "--help"] : args, s_parser);

    /// <summary>The first thing wrong with the arguments, in one line; for an unknown word also the nearest that would be known. Null if all is well.</summary>
    internal static string? Mistake(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        string see = $"see '{Help.Path(command)} --help'";
        if (parsed.UnmatchedTokens.FirstOrDefault() is { } unknown)
        {
            bool isFlag = unknown.StartsWith('-');
            var known = isFlag ? command.Options.SelectMany(o => o.Aliases.Append(o.Name)) : command.Subcommands.Select(c => c.Name);
            return $"unknown {(isFlag ? "flag" : "command or argument")} '{unknown}'{Nearest(unknown, known)}; {see}";
        }
        // Asked for help, nobody needs to hear that an option is missing.
        if (parsed.Errors.Count == 0 || parsed.Action is Help) return null;
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

    private static int Fail(string message, int code)
    {
        Terminal.WriteError("fcn: ");
        Console.Error.WriteLine(message);
        return code;
    }

    /// <summary>", did you mean 'x'?" where a known word is near.</summary>
    public static string Nearest(string word, IEnumerable<string> known)
    {
        var nearest = known.Select(k => (Word: k, Distance: EditDistance.Between(word, k))).OrderBy(k => k.Distance).FirstOrDefault();
        return nearest.Word is not null && nearest.Distance <= Math.Max(2, word.Length / 3) ? $": did you mean '{nearest.Word}'?" : "";
    }

    /// <summary>An option with a range; a value outside it is a usage error before any device is touched. Without a fallback it may be left out.</summary>
    public static Option<T> Ranged<T>(string name, T? fallback, T min, T max, string description) where T : struct, IComparable<T>, IParsable<T>
    {
        var option = new Option<T>(name)
        {
            Description = $"{description} [{min} … {max}]",
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (T.TryParse(text, CultureInfo.InvariantCulture, out var value) && value.CompareTo(min) >= 0 && value.CompareTo(max) <= 0) return value;
                result.AddError($"{name} is '{text}'; it must be a number from {min} to {max}");
                return default;
            },
        };
        if (fallback is { } value) option.DefaultValueFactory = _ => value;
        return option;
    }

    /// <summary>An option that takes one of some words; without a fallback it may be left out.</summary>
    public static Option<string> Choice(string name, string? fallback, IReadOnlyList<string> words, string description)
    {
        var option = Text(name, $"{description} [{string.Join(", ", words)}]", fallback);
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !words.Contains(result.Tokens[0].Value))
                result.AddError($"{name} is '{result.Tokens[0].Value}'; it must be one of {string.Join(", ", words)}{Nearest(result.Tokens[0].Value, words)}");
        });
        return option;
    }

    /// <summary>An option that takes any text but none.</summary>
    public static Option<string> Text(string name, string description, string? fallback = null)
    {
        var option = new Option<string>(name) { Description = description };
        if (fallback is not null) option.DefaultValueFactory = _ => fallback;
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: "" }]) result.AddError($"{name} is empty; give it a value or leave it out");
        });
        return option;
    }

    /// <summary>An option that is there or not.</summary>
    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };
}
