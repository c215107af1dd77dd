using System.Globalization;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary>Pictures of one's own as data: a reader of the program's digits is taught a hand that it reads badly.</summary>
public sealed class OwnDigitsCommandTests(OwnDigitsCommandTests.Taught taught) : IClassFixture<OwnDigitsCommandTests.Taught>
{
    /// <summary>A reader of upright digits, sixty pictures of a hand, and what the reader became by these.</summary>
    public sealed class Taught : IDisposable
    {
        internal TempFolder Folder { get; } = new();
        public CommandRun Trained { get; }
        public string Before => Folder["before/weights/best.safetensors"];
        public string After => Folder["after/weights/best.safetensors"];

        public Taught()
        {
            Folder.Digits("upright", ProceduralDigits.Make(2000, seed: 5), ProceduralDigits.Make(10, seed: 6));
            Folder.Digits("others", ProceduralDigits.Make(10, seed: 6), ProceduralDigits.Make(300, seed: 9));
            Folder.Hand("mine", ProceduralDigits.Make(150, seed: 7));
            var before = CommandRun.Run("train", "classify", "--model", "cnn-slim", "--data", Folder["upright"], "--epochs", "6", "--batch", "32",
                "--validation", "0", "--augment", "0", "--device", "cpu", "--out", Folder["before"]);
            Assert.Equal((0, ""), (before.Code, before.Error));
            Trained = CommandRun.Run("train", "classify", "--model", "cnn-slim", "--init", Before, "--data", Folder["mine"], "--device", "cpu",
                "--out", Folder["after"]);
        }

        public void Dispose() => Folder.Dispose();
    }

    private static double Accuracy(string weights, string data, params string[] more)
    {
        var result = CommandRun.Run(["val", "--weights", weights, "--data", data, "--device", "cpu", "--json", .. more]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        return (double)JsonNode.Parse(result.Out)!["result"]!["accuracy"]!;
    }

    [Fact]
    public void A_hand_is_learned_from_sixty_pictures_and_others_are_not_forgotten()
    {
        Assert.Equal((0, ""), (taught.Trained.Code, taught.Trained.Error));
        Assert.Contains("120 train, 0 validation, 30 test; the program draws 50 % of every epoch; every epoch warps", taught.Trained.Out);
        string later = taught.Folder.Hand("later", ProceduralDigits.Make(200, seed: 8)), upright = taught.Folder["others"];
        double before = Accuracy(taught.Before, later, "--part", "all"), after = Accuracy(taught.After, later, "--part", "all");
        Assert.Fail($"{before} before, {after} after; {Accuracy(taught.Before, upright)} {Accuracy(taught.After, upright)}\n" + taught.Trained.Out);
        double uprightBefore = Accuracy(taught.Before, upright), uprightAfter = Accuracy(taught.After, upright);
        Assert.True(uprightAfter > uprightBefore - 0.05, string.Create(CultureInfo.InvariantCulture, $"{uprightBefore} before, {uprightAfter} after"));
    }
}
