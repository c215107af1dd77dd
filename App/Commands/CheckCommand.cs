using System.CommandLine;
using System.Text.Json.Nodes;
using FcnFromScratch.Engine;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn check</c>: every op's cases on a device against the double reference, and gradients against central differences.</summary>
public static class CheckCommand
{
    public static Command Create()
    {
        var common = new CommonOptions();
        var filter = CommandLine.Text("--filter", "only cases whose name holds this");
        var quiet = CommandLine.Flag("--quiet", "print failures and the count only");
        var json = JsonOutput.Option();
        var command = new Command("check", "Hold every kernel of a device against the reference, and every gradient against central differences.")
        {
            filter, common.Device, common.Threads, quiet, json,
        };
        command.SetAction(parsed =>
        {
            string wanted = parsed.GetValue(filter) ?? "";
            OpCase[] cases = [.. OpCases.All.Where(c => !c.IsBenchmark && c.Name.Contains(wanted, StringComparison.OrdinalIgnoreCase))];
            if (cases.Length == 0) throw new UsageException($"no case's name holds '{wanted}'");
            using var device = CommonOptions.OpenDevice(parsed.GetValue(common.Device)!, parsed.GetValue(common.Threads));
            bool silent = parsed.GetValue(json), failuresOnly = silent || parsed.GetValue(quiet);
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
                    ["checks"] = JsonOutput.Array(results.Select(r => new JsonObject
                    {
                        ["case"] = r.Case,
                        ["what"] = r.What,
                        ["ok"] = r.Result.Holds,
                        ["share_of_tolerance"] = JsonOutput.Number(r.Result.Share),
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
