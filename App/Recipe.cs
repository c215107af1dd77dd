using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.App;

/// <summary>What <c>fcn train</c> does when it is not told: the best network, for as many epochs as the device does in a few minutes.</summary>
public static class Recipe
{
    public const string Model = "fcn8-fine";

    /// <summary>A function of the device's kind and cores, not of its measured speed: the same machine always gets the same run.</summary>
    public static int Epochs(Device device, int threads) => device switch
    {
        { Kind: DeviceKind.Emulator } => 1,
        { HasFastBarriers: true } => 30,
        _ => (threads > 0 ? threads : Environment.ProcessorCount) >= 2 ? 10 : 5,
    };
}
