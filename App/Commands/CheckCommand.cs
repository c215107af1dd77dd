using System.CommandLine;
using System.Globalization;
using FcnFromScratch.Engine;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn check</c>: every op's cases on a device against the double reference, and gradients against central differences.</summary>
public static class CheckCommand
{
    public static Command Create()
    {
        var common = new CommonOptions();
        var filter = CommandLine.Text("--filter", "only cases whose name holds this");
        var command = new Command("check", "Hold every kernel of a device against the reference, and every gradient against central differences.")
        {
            filter, common.Device, common.Threads,
        };
        command.SetAction(parsed =>
        {
            using var device = CommonOptions.OpenDevice(parsed.GetValue(common.Device)!, parsed.GetValue(common.Threads));
            string wanted = parsed.GetValue(filter) ?? "";
            int run = 0, failed = 0;
            void Report(string what, Comparison comparison)
            {
                run++;
                if (!comparison.Holds) failed++;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{(comparison.Holds ? "ok  " : "FAIL")} {what,-72} {comparison.Share,8:P1} of the tolerance{(comparison.Holds ? "" : $"  {comparison.Message}")}"));
            }
            foreach (var testCase in OpCases.All.Where(c => !c.IsBenchmark && c.Name.Contains(wanted, StringComparison.OrdinalIgnoreCase)))
            {
                foreach (string version in testCase.Op.Versions(device, testCase.Inputs))
                    Report($"{testCase.Name} [{version}]", CaseRunner.Test(testCase, device, version));
                if (testCase.HasGradient) Report($"{testCase.Name} [gradient]", GradientCheck.Check(testCase));
            }
            Console.WriteLine($"{run - failed} passed, {failed} failed on {device}");
            return run == 0 ? throw new UsageException($"no case's name holds '{wanted}'") : failed == 0 ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }
}
