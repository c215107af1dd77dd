using FcnFromScratch.Engine;

namespace FcnFromScratch.Export;

/// <summary>
/// The table of ops: ours on one side, ONNX' on the other, read either way. A row is a file in Rows/. What has no row is refused by its name, on the way out
/// and on the way in.
/// </summary>
internal static class OnnxTable
{
    private static readonly OnnxRow[] s_rows =
    [
        new ConvRow(), new ConvTransposeRow(), new MaxPoolRow(), new BatchNormRow(), new ActivationRow(), new AddRow(), new PadCropRow(), new SoftmaxRow(),
        new LinearRow(), new ReshapeRow(), new WholeNumberRow(),
        new RoundRow(), new KNearestRow(), new VoteLogitsRow(), new GaussianKernelRow(), new PairwiseLogitsRow(),
    ];

    private static readonly Dictionary<Type, OnnxRow> s_ofOurs = s_rows.Where(row => row.Op is not null).ToDictionary(row => row.Op!);
    private static readonly Dictionary<string, OnnxRow> s_ofTheirs =
        s_rows.SelectMany(row => row.Reads, (row, type) => (row, type)).ToDictionary(pair => pair.type, pair => pair.row);

    /// <summary>ONNX ops that are read.</summary>
    public static IEnumerable<string> Theirs => s_ofTheirs.Keys.Order(StringComparer.Ordinal);

    /// <exception cref="EngineException">There is no row for its op.</exception>
    public static OnnxRow Of(Node node) => s_ofOurs.GetValueOrDefault(node.Op.GetType())
        ?? throw new EngineException($"node '{node.Name}' is a {node.Op.Name}, for which there is no ONNX; weights trained without it can be exported");

    /// <summary>The row of an ONNX op; null where there is none.</summary>
    public static OnnxRow? Of(string type) => s_ofTheirs.GetValueOrDefault(type);

    /// <summary>The row of an op of ours that is several nodes there, by its name; null where there is none.</summary>
    public static IGroupRow? Group(string op) => s_rows.OfType<IGroupRow>().FirstOrDefault(row => row.Name == op);
}
