using System.CommandLine;
using System.Text.Json.Nodes;
using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn devices</c>: what this machine has, and why it lacks the rest.</summary>
public static class DevicesCommand
{
    public static Command Create()
    {
        var json = JsonOutput.Option();
        var command = new Command("devices", "List the devices of this machine.") { json };
        command.SetAction(parsed =>
        {
            var devices = DeviceList.Describe();
            if (parsed.GetValue(json))
            {
                JsonOutput.Print(JsonOutput.Array(devices.Select(d => new JsonObject
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
