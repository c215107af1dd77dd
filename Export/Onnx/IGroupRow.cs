using System.Text.Json.Nodes;
using FcnFromScratch.Engine;

namespace FcnFromScratch.Export;

/// <summary>A row whose op is a group of ONNX nodes; see <see cref="GroupRow{TOp}"/>.</summary>
internal interface IGroupRow
{
    /// <summary>Keys of a group's doc_string: which op it is, and what its nodes read and make.</summary>
    const string OpKey = "fcn", InputsKey = "inputs", OutputKey = "output";

    string Name { get; }

    /// <summary>How many inputs the op has.</summary>
    int InputCount { get; }

    /// <returns>The op of its settings; null where they are not whole.</returns>
    Op? Make(JsonObject settings);

    /// <summary>Writes the nodes.</summary>
    /// <param name="x">What the first input is.</param>
    /// <param name="inputs">Names of the op's inputs.</param>
    void WriteNodes(Op op, Shape x, string output, IReadOnlyList<string> inputs, OnnxNodes nodes);
}
