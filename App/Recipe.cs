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

    /// <summary>Procedural digits cost nothing, so no picture of them is seen twice; real data is taken as it is unless more is asked for.</summary>
    public static double Augment(string? data) => data is null ? 1 : 0;

    /// <summary>
    /// The peak learning rate. The high one is the best of those tried for 10 epochs; held for longer it ends in a blow-up where layers have no batch norm
    /// (fcn8-fine for 30 epochs: at step 1950), and the lower one does not.
    /// </summary>
    public static double LearningRate(int epochs) => epochs <= 10 ? 1.6e-2 : 6e-3;
}
