using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.Training.Tasks.Segment;

/// <summary>What only segmentation is told, and its recipe: what a run does when it is not told.</summary>
public static class SegmentParameters
{
    public static readonly TextParameter Split = new("split", "70/10/20 % by the seed, or the references' 80/16/4 %")
    {
        Default = "seed", Words = ["seed", "reference"],
    };

    public static readonly NumberParameter<float> Dropout = new("dropout", 0, 0.99f, "share of activations that the head drops") { Default = 0.5f };

    // Procedural digits cost nothing, so no picture of them is seen twice; real data is taken as it is unless more is asked for.
    public static readonly NumberParameter<double> Augment = new("augment", 0, 1,
        "share of training images that every epoch composes anew: from MNIST digits that no validation or test image shows, or procedural ones; "
        + "unless given, 0 for real data and 1 without")
    {
        Recipe = a => a.Find(Parameters.Data) is null ? 1.0 : 0.0,
    };

    public static readonly SwitchParameter NoPrior = new("no-prior", "start the last biases at 0 instead of the classes' log shares");

    // A function of the device's kind and cores, not of its measured speed: the same machine always gets the same run.
    public static readonly NumberParameter<int> Epochs = Parameters.Epochs with
    {
        Help = $"{Parameters.Epochs.Help}; unless given, 10 on a CPU of two cores or more, 30 on a GPU",
        Default = null,
        Recipe = a => a.Device switch
        {
            { Kind: DeviceKind.Emulator } => 1,
            { HasFastBarriers: true } => 30,
            _ => (a.Get(Parameters.Threads) is > 0 and var threads ? threads : Environment.ProcessorCount) >= 2 ? 10 : 5,
        },
    };

    // The high one is the best of those tried for 10 epochs; held for longer it ends in a blow-up where layers have no batch norm
    // (fcn8-fine for 30 epochs: at step 1950), and the lower one does not.
    public static readonly NumberParameter<double> LearningRate = Parameters.LearningRate with
    {
        Help = $"{Parameters.LearningRate.Help}; unless given, 0.016 up to 10 epochs and 0.006 beyond",
        Default = null,
        Recipe = a => a.Get(Parameters.Epochs) <= 10 ? 1.6e-2 : 6e-3,
    };

    // Measured on M2NIST: nearly all regions below it are specks of a wrong class, and no digit is smaller.
    public static readonly NumberParameter<int> MinPixels = new("min-pixels", 1, int.MaxValue,
        "leave out connected regions of fewer pixels when listing digits") { Default = 30 };

    // A digit of M2NIST lies in a square of 28 pixels; whatever fills as many is a blot, or all of a picture of noise.
    public static readonly NumberParameter<int> MaxPixels = new("max-pixels", 1, int.MaxValue,
        "leave out connected regions of more pixels when listing digits") { Default = 28 * 28 };

    public static readonly NumberParameter<double> Scale = new("scale", 1e-3, 1e3,
        "show the network pictures so much larger; unless given, so that their digits are about 20 pixels high. Of what is written only --logits and "
        + "--show-input have its size") { Default = null };

    public static readonly SwitchParameter Mask = new("mask", "draw the classes alone, pixel for pixel, instead of the picture with a key") { With = "out" };
}
