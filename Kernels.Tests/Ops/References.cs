using System.Collections.Concurrent;
using FcnFromScratch.Engine;

namespace FcnFromScratch.Kernels.Tests;

/// <summary>A case's inputs and outputs in double loops, computed once for all devices, versions and numbers of threads. They must not be changed.</summary>
internal static class References
{
    private static readonly ConcurrentDictionary<string, (ReferenceTensor<double>[] Inputs, ReferenceTensor<double>[] Outputs)> s_known = new();

    public static (ReferenceTensor<double>[] Inputs, ReferenceTensor<double>[] Outputs) Of(OpCase testCase) => s_known.GetOrAdd(testCase.Name, _ =>
    {
        var inputs = CaseRunner.Inputs(testCase);
        return (inputs, CaseRunner.Reference(testCase, inputs));
    });
}
