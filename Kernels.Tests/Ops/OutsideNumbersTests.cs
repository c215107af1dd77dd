using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Training;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Ops;

/// <summary>
/// Every op against numbers from outside: worked by hand, or printed by PyTorch 1.13 (torch, F = torch.nn.functional) in double precision. Kernels and the
/// reference are held against each other everywhere else, so a mistake in the formula itself would show nowhere but here.
/// PyTorch's pictures are [N, C, H, W]; here as there they are written out as [N, H, W, C].
/// </summary>
public sealed class OutsideNumbersTests
{
    private sealed record Known(string Name, Op Op, ReferenceTensor<double>[] Inputs, ReferenceTensor<double>[] Outputs);

    private static ReferenceTensor<double> F(int[] shape, params double[] values)
    {
        var tensor = new ReferenceTensor<double>(new Shape(shape));
        Assert.Equal(tensor.Values.Length, values.Length);
        values.CopyTo(tensor.Values, 0);
        return tensor;
    }

    private static ReferenceTensor<double> I(int[] shape, params int[] values)
    {
        var tensor = new ReferenceTensor<double>(new TensorSpec(new Shape(shape), ElementType.I32));
        Assert.Equal(tensor.Ints.Length, values.Length);
        values.CopyTo(tensor.Ints, 0);
        return tensor;
    }

    /// <summary>In PyTorch: (torch.arange(n) * factor % modulus) - modulus // 2.</summary>
    private static ReferenceTensor<double> Whole(int[] shape, int factor, int modulus)
    {
        var tensor = new ReferenceTensor<double>(new Shape(shape));
        for (int i = 0; i < tensor.Values.Length; i++) tensor[i] = i * factor % modulus - modulus / 2;
        return tensor;
    }

    private static IEnumerable<Known> All() =>
        [.. Convolutions(), .. Pools(), .. Norms(), .. Pointwise(), .. Losses(), .. Optimizing(), .. Small(), .. Detection()];

    // y = F.conv2d(F.pad(x, (2, 1, 1, 0)), w, b, stride=(3, 2)); y.backward(dy)
    private static readonly Conv2d s_strided = new(Padding.Explicit(1, 0, 2, 1), 3, 2);
    private static readonly ReferenceTensor<double> s_x = Whole([1, 5, 7, 1], 7, 11), s_w = Whole([2, 3, 1, 2], 5, 9), s_dy = Whole([1, 2, 4, 2], 3, 7);

    private static IEnumerable<Known> Convolutions()
    {
        yield return new("conv2d stride 3x2", s_strided, [s_x, s_w, F([2], 1, -2)],
            [F([1, 2, 4, 2], -4, 13, 4, -24, 4, -33, 4, 2, -10, 16, -13, 6, 4, 4, -1, 24)]);
        // F.leaky_relu(y, 0.25)
        yield return new("conv2d stride 3x2 LeakyReLU", new Conv2d(Padding.Explicit(1, 0, 2, 1), 3, 2, ActivationKind.LeakyRelu, 0.25f),
            [s_x, s_w, F([2], 1, -2)], [F([1, 2, 4, 2], -1, 13, 4, -6, 4, -8.25, 4, 2, -2.5, 16, -3.25, 6, 4, 4, -0.25, 24)]);
        var g = s_strided.Geometry([s_x.Spec, s_w.Spec]);
        // x.grad
        yield return new("conv2d gradient input stride 3x2", new Conv2dInputGradient(g), [s_dy, s_w], [F([1, 5, 7, 1],
            -10, 4, -4, 8, -5, 12, 10, 0, 0, 0, 0, 0, 0, 0, 15, 7, 17, 8, 19, 9, 6, 0, -8, -1, -4, -2, 0, -3, 0, 0, 0, 0, 0, 0, 0)]);
        // w.grad
        yield return new("conv2d gradient weight stride 3x2", new Conv2dWeightGradient(g), [s_x, s_dy],
            [F([2, 3, 1, 2], 1, 7, 3, 6, -6, 9, -36, 6, 19, -15, 12, -6)]);
        // By hand: kernels 1, 10, 100 spell out what each window read. Keras' "same": an odd rest of the padding goes to the right.
        yield return new("conv2d same, kernel 2", new Conv2d(Padding.Same), [F([1, 1, 5, 1], 1, 2, 3, 4, 5), F([1, 2, 1, 1], 1, 10)],
            [F([1, 1, 5, 1], 21, 32, 43, 54, 5)]);
        yield return new("conv2d same, kernel 3 stride 2 of 5", new Conv2d(Padding.Same, 1, 2),
            [F([1, 1, 5, 1], 1, 2, 3, 4, 5), F([1, 3, 1, 1], 1, 10, 100)], [F([1, 1, 3, 1], 210, 432, 54)]);
        yield return new("conv2d same, kernel 3 stride 2 of 6", new Conv2d(Padding.Same, 2, 1),
            [F([1, 6, 1, 1], 1, 2, 3, 4, 5, 6), F([3, 1, 1, 1], 1, 10, 100)], [F([1, 3, 1, 1], 321, 543, 65)]);
        // F.conv_transpose2d(x, w, b, stride=2)[:, :, 1:5, 0:5], PyTorch's w [in, out, kh, kw]
        yield return new("conv_transpose2d stride 2, cropped above and right", new ConvTranspose2d(2, 1, 0, 0, 2),
            [Whole([1, 2, 3, 2], 5, 7), Whole([3, 3, 2, 2], 7, 11), F([2], 1, -1)], [F([1, 4, 5, 2],
                -9, -14, 18, -9, -6, 16, -7, 7, 7, 11, 16, -23, -3, 13, -31, 7, 3, 1, 18, 20,
                5, -9, -8, 11, 5, 8, -5, -1, -3, -18, -12, 7, -3, -6, 13, 5, 9, -9, 18, -8)]);
        // By hand: 1 stamps columns 0 to 2, 2 stamps columns 2 to 4.
        yield return new("conv_transpose2d 2x3 stride 2", new ConvTranspose2d(2),
            [F([1, 1, 2, 1], 1, 2), F([2, 3, 1, 1], 1, 10, 100, -1, -10, -100)],
            [F([1, 2, 5, 1], 1, 10, 102, 20, 200, -1, -10, -102, -20, -200)]);
    }

    private static IEnumerable<Known> Pools()
    {
        var x = F([1, 3, 5, 1],
            1, 5, 5, 2, 0,
            5, 3, 2, 5, 5,
            4, 4, 7, 1, 7);
        // F.max_pool2d(x, 2, 1, return_indices=True): of equals the first wins.
        int[] winners = [1, 1, 2, 8, 5, 12, 12, 14];
        yield return new("max_pool2d stride 1, ties", new MaxPool2d(2, 1), [x], [F([1, 2, 4, 1], 5, 5, 5, 5, 5, 7, 7, 7), I([1, 2, 4, 1], winners)]);
        // y.backward(dy): x.grad
        yield return new("max_pool2d gradient stride 1", new MaxPool2dGradient(new PoolGeometry(1, 3, 5, 2, 4, 1, 2, 1)),
            [F([1, 2, 4, 1], 1, 2, 3, 4, 5, 6, 7, 8), I([1, 2, 4, 1], winners)], [F([1, 3, 5, 1], 0, 3, 3, 0, 0, 5, 0, 0, 4, 0, 0, 0, 13, 0, 8)]);
        // By hand: the last row and column belong to no window.
        yield return new("max_pool2d stride 2", new MaxPool2d(2, 2), [x], [F([1, 1, 2, 1], 5, 5), I([1, 1, 2, 1], 1, 2)]);
        yield return new("max_pool2d gradient stride 2", new MaxPool2dGradient(new PoolGeometry(1, 3, 5, 1, 2, 1, 2, 2)),
            [F([1, 1, 2, 1], 3, 4), I([1, 1, 2, 1], 1, 2)], [F([1, 3, 5, 1], 0, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)]);
    }

    private static IEnumerable<Known> Norms()
    {
        // y = F.batch_norm(x, rm, rv, gamma, beta, training=True, momentum=0.25, eps=0.5); PyTorch's momentum is what the new counts, here 1 − keep.
        var x = F([4, 2], 1, 2, 3, -1, 5, 0, 9, 7);
        ReferenceTensor<double> gamma = F([2], 2, -1), beta = F([2], 0.5, 1), movingMean = F([2], 10, -20), movingVariance = F([2], 4, 100);
        var y = F([4, 2], -1.80158582, 1, -0.486393924, 1.9486833, 0.828797975, 1.63245553, 3.45918177, -0.58113883);
        ReferenceTensor<double> mean = F([2], 4.5, 2), inverseDeviation = F([2], 0.328797975, 0.316227766);
        ReferenceTensor<double> newMean = F([2], 8.625, -14.5), newVariance = F([2], 5.91666667, 78.1666667);
        yield return new("batch_norm2d, momentum", new BatchNorm2d(0.75f, 0.5f),
            [x, gamma, beta, movingMean, movingVariance, I([1], 100)], [y, mean, inverseDeviation, newMean, newVariance]);
        // keep = 1 − 1/step while that is less than the momentum: in step 4 the same 0.75, and in step 1 nothing of what was there.
        yield return new("batch_norm2d, step 4", new BatchNorm2d(0.99f, 0.5f),
            [x, gamma, beta, movingMean, movingVariance, I([1], 4)], [y, mean, inverseDeviation, newMean, newVariance]);
        // By hand: squares about the means sum to 35 and 38, over 4 − 1.
        yield return new("batch_norm2d, step 1", new BatchNorm2d(0.99f, 0.5f),
            [x, gamma, beta, movingMean, movingVariance, I([1], 1)], [y, mean, inverseDeviation, mean, F([2], 35 / 3.0, 38 / 3.0)]);
        // y.backward(dy): x.grad, gamma.grad, beta.grad
        yield return new("batch_norm2d gradient", new BatchNorm2dGradient(),
            [F([4, 2], 1, 0, -2, 3, 1, 1, 4, -1), x, gamma, mean, inverseDeviation],
            [
                F([4, 2], 1.1196904, 0.237170825, -1.49292053, -0.332039154, -0.159955771, 0.173925271, 0.533185905, -0.0790569415),
                F([2], 5.91836354, -5.05964426), F([2], 4, 3),
            ]);
        // F.batch_norm(x, rm, rv, gamma, beta, training=False, eps=0.5)
        yield return new("batch_norm2d inference", new BatchNorm2dInference(0.5f), [x, gamma, beta, F([2], 1, -2), F([2], 3.5, 0.25)],
            [F([4, 2], 0.5, -3.61880215, 2.5, -0.154700538, 4.5, -1.30940108, 8.5, -9.39230485)]);
        // the same, and x.grad after backward(dy)
        yield return new("batch_norm2d inference gradient", new BatchNorm2dInferenceGradient(0.5f),
            [F([4, 2], 1, -1, 2, 0.5, -3, 4, 0, 2), gamma, F([2], 3.5, 0.25)],
            [F([4, 2], 1, 1.15470054, 2, -0.577350269, -3, -4.61880215, 0, -2.30940108)]);
    }

    private static IEnumerable<Known> Pointwise()
    {
        ReferenceTensor<double> x = F([6], -3, -0.5, 0, 0.5, 2, 100), dy = F([6], 1, 2, 3, 4, 5, 6);
        // torch.sigmoid(x), and x.grad after backward(dy)
        var sigmoid = F([6], 0.0474258732, 0.377540669, 0.5, 0.622459331, 0.880797078, 1);
        yield return new("sigmoid", new Activation(ActivationKind.Sigmoid), [x], [sigmoid]);
        yield return new("sigmoid gradient", new ActivationGradient(ActivationKind.Sigmoid, 0), [dy, sigmoid],
            [F([6], 0.0451766597, 0.470007424, 0.75, 0.940014849, 0.524967927, 0)]);
        // By hand.
        yield return new("ReLU", new Activation(ActivationKind.Relu), [x], [F([6], 0, 0, 0, 0.5, 2, 100)]);
        yield return new("ReLU gradient", new ActivationGradient(ActivationKind.Relu, 0), [dy, F([6], 0, 0, 0, 0.5, 2, 100)], [F([6], 0, 0, 0, 4, 5, 6)]);
        yield return new("LeakyReLU", new Activation(ActivationKind.LeakyRelu, 0.25f), [x], [F([6], -0.75, -0.125, 0, 0.5, 2, 100)]);
        yield return new("LeakyReLU gradient", new ActivationGradient(ActivationKind.LeakyRelu, 0.25f),
            [dy, F([6], -0.75, -0.125, 0, 0.5, 2, 100)], [F([6], 0.25, 0.5, 0.75, 4, 5, 6)]);
        yield return new("none", new Activation(ActivationKind.None), [x], [x]);
        yield return new("epilogue gradient", new EpilogueGradient(ActivationKind.LeakyRelu, 0.25f),
            [F([3, 2], 1, 2, 4, 8, 16, 32), F([3, 2], -1, 1, 1, -1, -1, 1)], [F([3, 2], 0.25, 2, 4, 2, 4, 32), F([2], 8.25, 36)]);
        yield return new("skip_add", new SkipAdd(), [F([3], 1, 2, -3), F([3], 10, -20, 30)], [F([3], 11, -18, 27)]);
        yield return new("scale_by", new ScaleBy(), [F([3], 1, 2, -3), F([1], -0.5)], [F([3], -0.5, -1, 1.5)]);
        // Of threes a quarter is dropped and the rest is 3 / (1 − 1/4) = 4. Which: lowbias32 (Wellons 2018) of seed 7, step 5 and the element, in Python:
        // mix(e ^ mix(5 ^ mix(7))) >> 8 < 2**24 / 4 is dropped, where mix first adds 0x9E3779B9.
        yield return new("dropout", new Dropout(0.25f, 7), [F([16], [.. Enumerable.Repeat(3.0, 16)]), I([1], 5)],
            [F([16], 0, 0, 4, 4, 0, 4, 4, 0, 0, 4, 4, 4, 4, 4, 4, 0)]);
    }

    private static IEnumerable<Known> Losses()
    {
        // y = F.softmax(x, 1); y.backward(dy)
        var y = F([3, 3], 0.0420100661, 0.114195199, 0.843794734, 0.705384513, 0.25949646, 0.035119027, 0.5, 0, 0.5);
        yield return new("softmax", new Softmax(), [F([3, 3], 1, 2, 4, -200, -201, -203, 50, -300, 50)], [y]);
        yield return new("softmax gradient", new SoftmaxGradient(), [F([3, 3], 1, 0, -1, 2, 3, 5, 1, 1, -1), y],
            [F([3, 3], 0.0756930931, 0.0915599601, -0.167253053, -0.257362037, 0.164818258, 0.0925437795, 0.5, 0, -0.5)]);
        // F.cross_entropy(logits, labels, ignore_index=-1), and logits.grad; a row of logits lies below −100, another is ignored.
        var logits = F([4, 3], 1, 2, 4, -200, -201, -203, 0, 0, 0, 50, -300, 50);
        var labels = I([4], 1, 2, -1, 0);
        yield return new("softmax_cross_entropy", new SoftmaxCrossEntropy(), [logits, labels], [F([1], 2.07066847), F([4, 3],
            0.0140033554, -0.295268267, 0.281264911, 0.235128171, 0.0864988201, -0.321626991, 0, 0, 0, -1 / 6.0, 0, 1 / 6.0)]);
        // The same with weight=torch.tensor([2, 0.5, 4])
        yield return new("softmax_cross_entropy, class weights", new SoftmaxCrossEntropy(), [logits, labels, F([3], 2, 0.5, 4)],
            [F([1], 2.44111788), F([4, 3],
                0.00323154355, -0.0681388308, 0.0649072873, 0.434082777, 0.159690129, -0.593772906, 0, 0, 0, -2 / 13.0, 0, 2 / 13.0)]);
        // F.binary_cross_entropy_with_logits(x, t), and x.grad
        yield return new("binary_cross_entropy", new BinaryCrossEntropy(), [F([5], -120, -1, 0, 2, 300), F([5], 0.5, 0, 1, 0.25, 1)],
            [F([1], 12.5266674), F([5], -0.1, 0.0537882843, -0.1, 0.126159416, 0)]);
        // By hand: of equal logits the first is the prediction; a negative label counts nowhere. Rows are labels, columns predictions.
        yield return new("confusion_matrix, ties", new ConfusionMatrix(),
            [F([5, 3], 1, 1, 0, 0, 2, 2, 3, 1, 2, -1, -2, -1, 0, 0, 1), I([5], 2, 1, -1, 0, 0), I([3, 3], 5, 0, 0, 0, 6, 0, 0, 0, 7)],
            [I([3, 3], 6, 0, 1, 0, 7, 0, 1, 0, 7)]);
    }

    private static IEnumerable<Known> Optimizing()
    {
        // The second step of torch.optim.Adam([p], lr=0.5, betas=(0.75, 0.5), eps=0.5), gradients (1, −4, 0.5) and then (2, −1, −3); eps is outside the root.
        yield return new("adam", new Adam(0.75f, 0.5f, 0.5f),
            [
                F([3], 2 / 3.0, -14 / 9.0, 2.75), F([3], 2, -1, -3), F([3], 0.25, -1, 0.125), F([3], 0.5, 8, 0.125),
                F([5], 0.5, 1 / (1 - 0.75 * 0.75), 1 / (1 - 0.5 * 0.5), 0, 9),
            ],
            [F([3], 0.31465215, -1.16807933, 3.00282818), F([3], 0.6875, -1, -0.65625), F([3], 2.25, 4.5, 4.5625)]);
        // The same, the first two held back by half: they go half as far.
        yield return new("adam, held back", new Adam(0.75f, 0.5f, 0.5f, held: 2),
            [
                F([3], 2 / 3.0, -14 / 9.0, 2.75), F([3], 2, -1, -3), F([3], 0.25, -1, 0.125), F([3], 0.5, 8, 0.125),
                F([5], 0.5, 1 / (1 - 0.75 * 0.75), 1 / (1 - 0.5 * 0.5), 0, 0.25),
            ],
            [
                F([3], (2 / 3.0 + 0.31465215) / 2, (-14 / 9.0 - 1.16807933) / 2, 3.00282818), F([3], 0.6875, -1, -0.65625), F([3], 2.25, 4.5, 4.5625),
            ]);
        // By hand: m = 3/4 (1, −4, 1/2) + g; p −= m/2, or with Nesterov p −= (g + 3/4 m)/2.
        ReferenceTensor<double> p = F([3], 0.5, 0, 2.75), gradient = F([3], 2, -1, -3), m = F([3], 1, -4, 0.5), rates = F([5], 0.5, 0, 0, 0, 0);
        var moved = F([3], 2.75, -4, -2.625);
        yield return new("sgd", new Sgd(0.75f), [p, gradient, m, rates], [F([3], -0.875, 2, 4.0625), moved]);
        yield return new("nesterov", new Sgd(0.75f, nesterov: true), [p, gradient, m, rates], [F([3], -1.53125, 2, 5.234375), moved]);
        yield return new("moving_average", new MovingAverage(), [F([2], 1, -4), F([2], 3, 4), F([5], 9, 9, 9, 0.25, 9)], [F([2], 1.5, -2)]);
    }

    // By hand.
    private static IEnumerable<Known> Small()
    {
        // F.pad(x, (-1, 2, 1, -1)): a row of zeros above, the last row off, the first column off, two of zeros at the right.
        yield return new("pad and crop", new PadCrop2d(1, -1, -1, 2), [F([1, 3, 2, 1], 1, 2, 3, 4, 5, 6)],
            [F([1, 3, 3, 1], 0, 0, 0, 2, 0, 0, 4, 0, 0)]);
        yield return new("row_sum", new RowSum(), [F([3, 2], 1, 10, 2, 20, 3, 30)], [F([2], 6, 60)]);
        // By Python's math.log, of 0.0625, 0.3125, 0.5625 and 0.8125: of the vote that is added each of 4 classes gets a quarter, and 4 are all.
        yield return new("vote_logits", new VoteLogits(3), [F([4], 0, 1, 2, 3)], [F([4], -2.772588722, -1.16315081, -0.575364145, -0.207639365)]);
        // Pixels 0, 100, 204 and 255 of [−1, 1], less 128.
        yield return new("round", new Round(127.5f, -0.5f), [F([4], -1, 100 / 127.5 - 1, 0.6, 1)], [F([4], -128, -28, 76, 127)]);
        // By hand. From 0 the squares are 9, 1, 1, 4, 16: samples 1, 2 (equally far: the first is nearer) and 3, a vote for each class. From 3 they are
        // 0, 16, 4, 1, 49: samples 0, 3 and 2.
        ReferenceTensor<double> queries = F([2, 1], 0, 3), samples = F([5, 1], 3, -1, 1, 2, -4), labels = F([5], 0, 2, 1, 0, 2);
        yield return new("k_nearest, ties to the smallest", new KNearest(3, 3, TieRule.Smallest), [queries, samples, labels],
            [F([2, 1, 1, 3], 1, 1, 1, 2, 1, 0)]);
        yield return new("k_nearest, ties to the nearest", new KNearest(3, 3, TieRule.Nearest), [queries, samples, labels],
            [F([2, 1, 1, 3], 1 + 30 / 64.0, 1 + 31 / 64.0, 1 + 32 / 64.0, 2 + 32 / 64.0, 1 + 30 / 64.0, 0)]);
        // sklearn.metrics.pairwise.rbf_kernel(x, s, gamma=0.125), of scikit-learn 1.2
        yield return new("gaussian_kernel", new GaussianKernel(),
            [F([2, 4], 1, -2, 3, 0, -128, 127, 5, 9), F([3, 4], 1, -2, 3, 0, 0, 0, 0, 0, -128, 127, 4, 9), F([1], 0.125)],
            [F([2, 1, 1, 3], 1, 0.1737739434504451, 0, 0, 0, 0.8824969025845953)]);
        // sp = lambda z: numpy.log1p(numpy.exp(z)): −sp(−1) − sp(2), −sp(1) − sp(−4), −sp(−2) − sp(4)
        yield return new("pairwise_logits", new PairwiseLogits(3, 2), [F([1, 3], 0.5, -1, 2)],
            [F([1, 3], -2.4401896985611953, -1.3314116154360325, -4.145077938960782)]);
        // By hand. Ink at (column, row) (0, 0), (1, 1) and (2, 2) moves a column to the right with each row: in the middle row's column it stands upright.
        yield return new("deskew", new Deskew(0), [F([1, 3, 3, 1], 4, 0, 0, 0, 4, 0, 0, 0, 4)], [F([1, 3, 3, 1], 0, 4, 0, 0, 4, 0, 0, 4, 0)]);
        // Twice the ink in the first row: the middle row is 1/3, the slant 1 still; rows are read from −1/3, 2/3 and 5/3 further on.
        yield return new("deskew between pixels", new Deskew(-1), [F([1, 3, 3, 1], 5, -1, -1, -1, 2, -1, -1, -1, -1)],
            [F([1, 3, 3, 1], 3, 1, -1, 1, 0, -1, -1, -1, -1)]);
        yield return new("ring_write", new RingWrite(), [F([1], 9), I([1], 5), F([3], 1, 2, 3)], [F([3], 1, 2, 9)]);
    }

    private static IEnumerable<Known> Detection()
    {
        // Python: s · (j + 0.5) ∓ s · math.log1p(math.exp(t)), and ∓ s · dy / (1 + math.exp(−t))
        var x = F([1, 1, 2, 5], 0, 0.5, 2, -1, 7, -20, 100, 3, 0.5, -7);
        yield return new("decode_boxes", new DecodeBoxes(4), [x],
            [F([1, 1, 2, 4], -0.7725887222, -1.896307937, 10.50771204, 3.25304675, 5.999999992, -398, 18.19434941, 5.896307937)]);
        yield return new("decode_boxes gradient", new DecodeBoxesGradient(4), [F([1, 1, 2, 4], 1, -2, 3, -4, 5, 6, -7, 8), x],
            [F([1, 1, 2, 5], -2, 4.97967465, 10.56956494, -4.303062742, 0, -4.122307236e-08, -24, -26.67207555, 19.9186986, 0)]);

        // By hand; centres are 2, 6, 10 and 14. In the first picture objects 0 and 1 may have nine cells each and share four, two of them equally far from
        // both; object 2 holds no centre and takes one of these; object 3 is none. In the second 0 and 1 hold no centre and are equally far from one; 2 lies
        // outside; and of the four centres in the last box two are within the radius.
        yield return new("assign_cells", new AssignCells(4, 4, 4, 1),
            [
                F([2, 4, 4],
                    0, 0, 12, 12, 6, 6, 14, 14, 4.5, 8.5, 5, 9, 0, 0, 16, 16,
                    1, 1, 1.5, 1.5, 2.5, 2.5, 3, 3, 20, 20, 22, 22, 0, 12, 16, 16),
                I([2, 4], 5, 7, 0, -1, 1, 1, 1, 1),
            ],
            [I([2, 4, 4],
                0, 0, 0, -1, 0, 0, 0, 1, 0, 2, 1, 1, -1, 1, 1, 1,
                0, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 3, 3, 2)]);

        // Python, from the definition: IoU, 1 − IoU + ρ²/c² + αv, and its central differences with α held.
        yield return new("box_loss", new BoxLoss(3),
            [
                F([1, 1, 4, 4], 12, 15, 28, 47, 0, 0, 1, 1, 20, 4, 26, 9, 5, 5, 9, 7.5), I([1, 1, 4], 0, -1, 1, 1),
                F([1, 2, 4], 10, 20, 30, 50, 3, 4, 12, 8),
            ],
            [
                F([1], 2.535236056780678), F([1, 1, 4], 0.6352941176, 0, 0, 0.2777777778),
                F([1, 1, 4, 4],
                    0.0350771754, -0.01700678, -0.0350771754, -0.02596966356, 0, 0, 0, 0, 0.02853052886, 0.004157920244, -0.008619543438, -0.006270865803,
                    0.06442962962, 0.1134647117, -0.07473890798, -0.1083100726),
            ]);
        // Python, likewise. The last cell's quality is 0: its class counts as all others do.
        yield return new("varifocal_loss", new VarifocalLoss(2),
            [F([1, 1, 3, 4], 9, 9, 1, -1, 9, 9, 0.5, -3, 9, 9, 2, 0), I([1, 1, 3], 0, -1, 1), I([1, 2], 1, 0), F([1, 1, 3], 0.5, 0.9, 0)],
            [F([1], 1.2918482326883127), F([1, 1, 3, 4],
                0, 0, 0.2880880212, -0.05776464466, 0, 0, 0.1973069332, 0.0001180769424, 0, 0, 0.4037676489, 0.1118575482)]);

        // By hand, IoUs of 60/140, 60/140 and 90/110: the first fells the second, so the third stands, and fells the fourth. The fifth is of another class, the
        // sixth is none, and the last meets nothing.
        yield return new("non_maximum_suppression", new NonMaximumSuppression(0.4f),
            [
                F([7, 4], 0, 0, 10, 10, 4, 0, 14, 10, 8, 0, 18, 10, 9, 0, 19, 10, 0, 0, 10, 10, 0, 0, 10, 10, 0, 10, 10, 20),
                I([7], 2, 2, 2, 2, 1, -1, 2),
            ],
            [I([7], 1, 0, 1, 0, 1, 0, 1)]);
    }

    public static TheoryData<string> Names() => [.. All().Select(k => k.Name)];

    public static TheoryData<string, string> OnDevices()
    {
        var rows = new TheoryData<string, string>();
        foreach (var device in TestDevices.All)
            foreach (var known in All()) rows.Add(known.Name, device.Name);
        return rows;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_reference_gives_the_known_numbers(string name)
    {
        var known = All().Single(k => k.Name == name);
        Assert.Equal(known.Outputs.Select(o => o.Spec), known.Op.Infer([.. known.Inputs.Select(i => i.Spec)]));
        var outputs = known.Outputs.Select(o => new ReferenceTensor<double>(o.Spec)).ToArray();
        known.Op.Reference(known.Inputs, outputs);
        foreach (var (expected, actual) in known.Outputs.Zip(outputs))
        {
            Assert.Equal(expected.Ints, actual.Ints);
            // PyTorch's numbers have nine digits here, and a slope or rate is a float.
            Assert.All(expected.Values.Zip(actual.Values), pair => Assert.InRange(pair.Second - pair.First, -1e-7, 1e-7));
        }
    }

    [Theory]
    [MemberData(nameof(OnDevices))]
    public void Each_version_gives_the_known_numbers(string name, string deviceName)
    {
        var (known, device) = (All().Single(k => k.Name == name), TestDevices.Find(deviceName));
        var testCase = OpCase.Of(name, known.Op, 16, [.. known.Inputs.Select(i => (i.Spec, Fill.Default))]);
        foreach (string version in known.Op.Versions(device, testCase.Inputs))
        {
            using var prepared = new PreparedCase(testCase, device, version, known.Inputs);
            var result = prepared.RunVerified(known.Inputs, known.Outputs);
            Assert.True(result.Holds, $"{version}: {result.Message}");
        }
    }

    [Fact]
    public void Every_op_has_numbers_from_outside() => Assert.Empty(
        typeof(Op).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Op))).Except(All().Select(k => k.Op.GetType())).Select(t => t.Name));

    /// <summary>
    /// Three steps at rate 1/2 from (1, −2, 3). torch.optim: Adam(lr=0.5), SGD(lr=0.5, momentum=0.9), SGD(lr=0.5, momentum=0.9, nesterov=True).
    /// </summary>
    [Theory]
    [InlineData("adam", -0.192635655, -0.763674087, 3.02611322)]
    [InlineData("sgd", -1.755, 4.37, 5.0475)]
    [InlineData("nesterov", -2.4795, 6.233, 5.96775)]
    public void An_optimizer_of_that_name_takes_these_steps(string name, params double[] expected)
    {
        var (parameters, _) = ThreeSteps(Optimizers.Make(name));
        // The betas and the momentum are floats.
        Assert.All(expected.Zip(parameters), pair => Assert.InRange(pair.Second - pair.First, -1e-5, 1e-5));
    }

    /// <summary>
    /// By hand: sgd's three steps end at (0.5, 0, 2.75), (−0.95, 2.3, 4.025) and (−1.755, 4.37, 5.0475). The first is the average; of that a tenth and nine of
    /// the second, since 1/10 is less than the decay; of that 0.15 and 0.85 of the third, since 2/11 is more.
    /// </summary>
    [Fact]
    public void The_average_of_the_steps_is_as_by_hand()
    {
        var (parameters, average) = ThreeSteps(Optimizers.Make("sgd", average: 0.15));
        double[] expected = [-1.6125, 4.025, 4.875];
        Assert.All(expected.Zip(average), pair => Assert.InRange(pair.Second - pair.First, -1e-5, 1e-5));
        Assert.Equal(ThreeSteps(Optimizers.Make("sgd")).Parameters, parameters);
    }

    /// <summary>What becomes of (1, −2, 3) and of the last of the moments, in double.</summary>
    private static (double[] Parameters, double[] LastMoment) ThreeSteps(IOptimizer optimizer)
    {
        var graph = new Graph(training: true);
        var spec = new Shape(3);
        Tensor p = graph.Input("p", spec), gradient = graph.Input("gradient", spec), rates = graph.Input("rates", new Shape(IOptimizer.RateCount));
        Tensor[] moments = [.. optimizer.Moments.Select(m => graph.Input(m, spec))];
        optimizer.Apply(graph, p, gradient, moments, rates);
        var runner = new ReferenceRunner<double>(graph);
        runner[p].CopyFrom(F([3], 1, -2, 3));
        double[][] gradients = [[1, -4, 0.5], [2, -1, -3], [-1, 0, 0.25]];
        for (int step = 1; step <= 3; step++)
        {
            var filled = new float[IOptimizer.RateCount];
            optimizer.Rates(filled, step, 0.5);
            runner[rates].CopyFrom(F([IOptimizer.RateCount], [.. filled.Select(rate => (double)rate)]));
            runner[gradient].CopyFrom(F([3], gradients[step - 1]));
            runner.Run();
        }
        return (runner[p].Values, runner[moments[^1]].Values);
    }
}
