using System.Numerics;
using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.Engine;

/// <summary>Runs cases: on a device, and by the reference.</summary>
public static class CaseRunner
{
    /// <summary>Random inputs of a case, the same in every precision.</summary>
    public static ReferenceTensor<double>[] Inputs(OpCase testCase, int seed = 1)
    {
        var random = new Random(seed); // only the tests' data hang on it, and they need not be the same in every runtime
        var inputs = testCase.Inputs.Select(spec => new ReferenceTensor<double>(spec)).ToArray();
        for (int i = 0; i < inputs.Length; i++)
        {
            var input = inputs[i];
            switch (testCase.Fills[i])
            {
                case Fill.Uniform uniform:
                    for (int j = 0; j < input.Values.Length; j++) input.Values[j] = (float)(uniform.Low + random.NextDouble() * (uniform.High - uniform.Low));
                    break;
                case Fill.Distinct distinct:
                    var order = Enumerable.Range(0, input.Values.Length).ToArray();
                    random.Shuffle(order);
                    for (int j = 0; j < order.Length; j++) input.Values[j] = (float)((order[j] - order.Length / 2 + 0.5) * distinct.Gap);
                    break;
                case Fill.Integers integers:
                    for (int j = 0; j < input.Ints.Length; j++) input.Ints[j] = random.Next(integers.Low, integers.High);
                    for (int j = 0; j < input.Values.Length; j++) input.Values[j] = random.Next(integers.Low, integers.High);
                    break;
                case Fill.PoolIndices pool:
                    for (int j = 0; j < input.Ints.Length; j++)
                    {
                        int ox = j / input.Shape.Channels % input.Shape.Width, oy = j / (input.Shape.Channels * input.Shape.Width) % input.Shape.Height;
                        input.Ints[j] = (oy * pool.Stride + random.Next(pool.Kernel)) * pool.InWidth + ox * pool.Stride + random.Next(pool.Kernel);
                    }
                    break;
                case Fill.Boxes boxes:
                    for (int j = 0; j < input.Values.Length; j += 4)
                    {
                        double Side() => boxes.Least + random.NextDouble() * (boxes.Most - boxes.Least);
                        double width = Side(), height = boxes.Square ? width : Side();
                        double left = random.NextDouble() * (boxes.Extent - width), top = random.NextDouble() * (boxes.Extent - height);
                        (input.Values[j], input.Values[j + 1]) = ((float)left, (float)top);
                        (input.Values[j + 2], input.Values[j + 3]) = ((float)(left + width), (float)(top + height));
                    }
                    break;
                case Fill.Given given when given.Values.Length != input.Shape.Count:
                    throw new EngineException($"case '{testCase.Name}' gives {given.Values.Length} values for {input.Spec}");
                case Fill.Given given:
                    for (int j = 0; j < input.Values.Length; j++) input.Values[j] = given.Values[j];
                    for (int j = 0; j < input.Ints.Length; j++) input.Ints[j] = (int)given.Values[j];
                    break;
                case Fill.Same same:
                    Array.Fill(input.Values, same.Value);
                    break;
            }
        }
        return inputs;
    }

    /// <summary>The case's outputs by the reference. Inputs are not changed.</summary>
    public static ReferenceTensor<T>[] Reference<T>(OpCase testCase, IReadOnlyList<ReferenceTensor<T>> inputs) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var outputs = testCase.Op.Infer(testCase.Inputs).Select(spec => new ReferenceTensor<T>(spec)).ToArray();
        testCase.Op.Reference(inputs, outputs);
        return outputs;
    }

    /// <summary>Tests each version that a device has for the case, one by one; see <see cref="PreparedCase.RunVerified()"/>.</summary>
    public static IEnumerable<(string Version, Comparison Result)> Test(OpCase testCase, Device device)
    {
        var inputs = Inputs(testCase);
        var expected = Reference(testCase, inputs);
        foreach (string version in testCase.Op.Versions(device, testCase.Inputs))
        {
            using var prepared = new PreparedCase(testCase, device, version);
            yield return (version, prepared.RunVerified(inputs, expected));
        }
    }
}
