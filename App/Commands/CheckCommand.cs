using System.CommandLine;
using System.Text.Json.Nodes;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Engine;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn check</c>: every op's cases on a device against the double reference, and gradients against central differences.</summary>
internal static class CheckCommand
{
    private static readonly TextParameter Filter = new("filter", "only cases whose name holds this") { Default = "" };
    private static readonly SwitchParameter Quiet = CommonParameters.Quiet with { Help = "print failures and the count only" };

    /// <param name="known">What can be checked; asked when it is, since other commands have no use for hundreds of cases.</param>
    public static Command Create(Func<IReadOnlyList<OpCase>> known)
    {
        var command = new ExampleCommand("check", "Hold every kernel of a device against the reference, and every gradient against central differences.",
            ("fcn check --device cpu", "every kernel and every gradient"),
            ("fcn check --filter max_pool2d --device emulator", "one op, with every access checked"),
            ("fcn check --device opencl:0 --quiet", "failures and the count only"));
        var options = new Options(command, [Filter, Parameters.Device, Parameters.Threads, Quiet, CommonParameters.Json]);
        command.SetAction(parsed =>
        {
            var given = options.Of(parsed);
            string wanted = given.Get(Filter);
            OpCase[] cases = [.. known().Where(c => !c.IsBenchmark && c.Name.Contains(wanted, StringComparison.OrdinalIgnoreCase))];
            if (cases.Length == 0) throw new UsageException($"no case's name holds '{wanted}'");
            using var device = given.OpenDevice();
            bool silent = given.Get(CommonParameters.Json), failuresOnly = silent || given.Get(Quiet);
            var results = new List<(string Case, string What, Comparison Result)>();
            void Report(OpCase testCase, string what, Comparison result)
            {
                results.Add((testCase.Name, what, result));
                if (!silent && !result.Holds) Terminal.WriteBad("FAIL ");
                else if (!failuresOnly) Terminal.WriteGood("ok   ");
                else return;
                Console.WriteLine(FormattableString.Invariant(
                    $"{$"{testCase.Name} [{what}]",-72} {result.Share,8:P1} of the tolerance{(result.Holds ? "" : $"  {result.Message}")}"));
            }
            foreach (var testCase in cases)
            {
                if (testCase.RunsOn(device))
                    foreach (var (version, result) in CaseRunner.Test(testCase, device)) Report(testCase, version, result);
                else if (!failuresOnly) Console.WriteLine($"skip {testCase.Name}: too large for the {device}");
                if (testCase.HasGradient) Report(testCase, "gradient", GradientCheck.Check(testCase));
            }
            int failed = results.Count(r => !r.Result.Holds);
            if (silent)
                JsonOutput.Print(new JsonObject
                {
                    ["device"] = device.Name,
                    ["passed"] = results.Count - failed,
                    ["failed"] = failed,
                    ["checks"] = Json.Array(results.Select(r => new JsonObject
                    {
                        ["case"] = r.Case,
                        ["what"] = r.What,
                        ["ok"] = r.Result.Holds,
                        ["share_of_tolerance"] = Json.Number(r.Result.Share),
                        ["worst"] = r.Result.Message,
                    })),
                });
            else
                Console.WriteLine($"{results.Count - failed} passed, {failed} failed on {device}");
            return failed == 0 ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }
}
