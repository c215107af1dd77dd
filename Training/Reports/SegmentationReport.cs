using System.Text;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;

namespace FcnFromScratch.Training.Reports;

/// <summary>
/// What a person looks at after a run: predictions.png, curves.svg, confusion_matrix.svg and .csv, and report.html, which holds them all. Plain data in,
/// files out: no device is needed. What a run has not measured is left out.
/// </summary>
public sealed record SegmentationReport
{
    /// <summary>The content of report.json.</summary>
    public required JsonObject Report { get; init; }

    /// <summary>The content of args.json; its "command" is what repeats the run.</summary>
    public required JsonObject Arguments { get; init; }
    public IReadOnlyList<EpochResult> Epochs { get; init; } = [];

    /// <summary>Loss and learning rate of each step, oldest first.</summary>
    public IReadOnlyList<(int Step, double Loss, double Rate)> Steps { get; init; } = [];
    public int StepsPerEpoch { get; init; } = 1;

    /// <summary>Figures of the test images with <see cref="SegmentationMetrics.Images"/> kept; null if the run did not get that far.</summary>
    public SegmentationMetrics? Test { get; init; }

    /// <summary>The test pictures that <see cref="PredictionSheet.Choose"/> names.</summary>
    public IReadOnlyList<PredictedPicture> Pictures { get; init; } = [];

    /// <summary>Writes the files, each whole or not at all.</summary>
    /// <exception cref="DataException">The folder is missing or read-only, or the disk is full.</exception>
    public void Write(string folder)
    {
        byte[]? pictures = Test is null || Pictures.Count == 0 ? null : Png.Encode(PredictionSheet.Draw(Test, Pictures));
        var curves = Epochs.Count == 0 && Steps.Count == 0 ? null : CurvesChart.Draw(Epochs, Steps, StepsPerEpoch);
        var confusion = Test is null ? null : ConfusionChart.Draw(Test);
        if (pictures is not null) AtomicFile.Write(Path.Combine(folder, "predictions.png"), stream => stream.Write(pictures));
        if (curves is not null) WriteText("curves.svg", curves.ToFile());
        if (confusion is not null) WriteText("confusion_matrix.svg", confusion.ToFile());
        if (Test is not null) WriteText("confusion_matrix.csv", ConfusionChart.Csv(Test));
        WriteText("report.html", new HtmlReport(this, folder).Page(pictures, curves, confusion));

        void WriteText(string file, string text) => AtomicFile.Write(Path.Combine(folder, file), stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }
}
