using System.CommandLine;
using System.Text.Json.Nodes;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn devices</c>: what this machine has, and why it lacks the rest.</summary>
internal static class DevicesCommand
{
    public static Command Create()
    {
        var command = new ExampleCommand("devices", "List the devices of this machine.",
            ("fcn devices", "a line for each device"), ("fcn devices --json", "for a script"));
        var options = new Options(command, [CommonParameters.Json]);
        command.SetAction(parsed =>
        {
            var devices = DeviceList.Describe();
            if (options.Of(parsed).Get(CommonParameters.Json))
            {
                JsonOutput.Print(Json.Array(devices.Select(d => new JsonObject
                {
                    ["name"] = d.Name,
                    ["available"] = d.Available,
                    ["description"] = d.Description,
                    ["reason"] = d.Reason,
                })));
                return ExitCode.Ok;
            }
            foreach (var device in devices)
            {
                Console.Write($"{device.Name,-10} ");
                if (device.Available) Terminal.WriteGood("ok ");
                else Terminal.WriteBad("no ");
                Console.WriteLine($" {device.Description}{(device.Reason is { } why ? $" ({why})" : "")}");
            }
            return ExitCode.Ok;
        });
        return command;
    }
}
