using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Ops;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Cpu;

/// <summary>
/// The cases of convolutions have a bias, those of the way back to the input have none. Here it is the other way round, at every width of registers: the bias
/// is taken off the reference, or added to it.
/// </summary>
public sealed class ConvolutionBiasTests
{
    public static TheoryData<string> Cases() => [.. OpCases.All.Where(c => !c.IsBenchmark && IsPlain(c)).Select(c => c.Name)];

    private static bool IsPlain(OpCase c) =>
        c.Op is Conv2d { Activation: ActivationKind.None } && c.Inputs.Count == 3 || c.Op is Conv2dInputGradient && c.Inputs.Count == 2;

    [Theory]
    [MemberData(nameof(Cases))]
    public void Is_right_with_the_other_choice_of_bias(string name)
    {
        var testCase = OpCases.Find(name);
        var (inputs, outputs) = References.Of(testCase);
        ReferenceTensor<double> bias;
        int sign;
        if (testCase.Op is Conv2d)
        {
            (bias, sign) = (inputs[2], -1);
            (testCase, inputs) = (testCase with { Inputs = [.. testCase.Inputs.Take(2)] }, inputs[..2]);
        }
        else
        {
            (bias, sign) = (new ReferenceTensor<double>(new Shape(testCase.Inputs[1].Shape[2])), 1);
            for (int c = 0; c < bias.Values.Length; c++) bias[c] = (float)Math.Sin(c + 1);
            (testCase, inputs) = (testCase with { Inputs = [.. testCase.Inputs, bias.Spec] }, [.. inputs, bias]);
        }
        var expected = new ReferenceTensor<double>(outputs[0].Spec);
        for (int i = 0; i < expected.Values.Length; i++) expected[i] = outputs[0][i] + sign * bias[i % bias.Values.Length];

        using var device = new CpuDevice();
        foreach (string version in testCase.Op.Versions(device, testCase.Inputs))
        {
            using var prepared = new PreparedCase(testCase, device, version, inputs);
            var result = prepared.RunVerified(inputs, [expected]);
            Assert.True(result.Holds, $"{version}: {result.Message}");
        }
    }
}
