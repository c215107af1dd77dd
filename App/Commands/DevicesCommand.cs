using System.CommandLine;
using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn devices</c>: what this machine has, and why it lacks the rest.</summary>
public static class DevicesCommand
{
    public static Command Create()
    {
        var command = new Command("devices", "List the devices of this machine.");
        command.SetAction(_ =>
        {
            foreach (var device in DeviceList.Describe())
                Console.WriteLine($"{device.Name,-10} {(device.Available ? "ok " : "no ")} {device.Description}{(device.Reason is { } why ? $" ({why})" : "")}");
            return ExitCode.Ok;
        });
        return command;
    }
}
