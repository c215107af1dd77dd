using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Export;

/// <summary>The table of our ops and what they are in PyTorch.</summary>
internal static class TorchTable
{
    /// <exception cref="EngineException">There is no row for its op.</exception>
    public static void Write(Node node, TorchWriter w)
    {
        string x = w.Name(node.Inputs[0]);
        switch (node.Op)
        {
            case Conv2d conv: Convolution(conv, node, w); break;
            case ConvTranspose2d up: Transposed(up, node, w); break;
            case MaxPool2d pool: w.Give(node, $"F.max_pool2d({x}, {pool.Kernel}, {pool.Stride})"); break;
            case BatchNorm2dInference norm:
                w.Give(node, $"{w.Layer(node, $"nn.BatchNorm2d({node.Output.Shape.Channels}, eps={TorchWriter.Text(norm.Epsilon)})")}({x})");
                break;
            case Activation f: w.Give(node, Function(f, x, node)); break;
            case SkipAdd: w.Give(node, $"{x} + {w.Name(node.Inputs[1])}"); break;
            case PadCrop2d pad: w.Give(node, PadCrop(pad, x, node, w)); break;
            case Softmax: w.Give(node, $"F.softmax({x}, dim=1)"); break;
            case Round round: w.Give(node, $"torch.floor({x} * {TorchWriter.Text(round.Scale)} + {TorchWriter.Text(round.Shift + 0.5f)})"); break;
            case KNearest nearest: Nearest(nearest, node, w); break;
            case VoteLogits votes:
                w.Give(node, $"torch.log(({x} + {TorchWriter.Text(1f / node.Output.Shape.Channels)}) * {TorchWriter.Text(1f / (votes.Neighbours + 1))})");
                break;
            case GaussianKernel:
                w.Forward.Add($"q, s = {w.Flat(node.Inputs[0])}, {w.Buffer(node.Inputs[1])}.float()");
                w.Forward.Add("d = (q * q).sum(1, keepdim=True).double() + (s * s).sum(1).double() - 2 * (q @ s.T).double()");
                w.Give(node, $"torch.exp(-{w.Buffer(node.Inputs[2])} * d.float())", isFlat: true);
                break;
            case PairwiseLogits pairs:
                w.Forward.Add($"first, second = torch.triu_indices({pairs.Classes}, {pairs.Classes}, 1)");
                w.Forward.Add($"s = {TorchWriter.Text(pairs.Slope)} * {x}");
                w.Give(node, $"torch.zeros({x}.shape[0], {pairs.Classes}).index_add(1, first, -F.softplus(-s)).index_add(1, second, -F.softplus(s))");
                break;
            default:
                throw new EngineException($"node '{node.Name}' is a {node.Op.Name}, for which there is no PyTorch; weights trained without it can be exported");
        }
    }

    private static void Convolution(Conv2d conv, Node node, TorchWriter w)
    {
        Shape from = node.Inputs[0].Shape, s = node.Inputs[1].Shape;
        bool isBiased = node.Inputs.Count > 2;
        var (top, bottom) = conv.Padding.Along(vertical: true, from.Height, s[0], conv.StrideY);
        var (left, right) = conv.Padding.Along(vertical: false, from.Width, s[1], conv.StrideX);
        if (!w.Network.TakesAnySize && (from.Height, from.Width) == (s[0], s[1]) && top + bottom + left + right == 0)
        {
            string flat = w.Flat(node.Inputs[0]), bias = isBiased ? "" : ", bias=False";
            string value = w.Layer(node, $"nn.Linear({s[0] * s[1] * s[2]}, {s[3]}{bias})", isMatrix: true) is { } linear ? $"{linear}({flat})"
                : $"F.linear({flat}, {w.Buffer(node.Inputs[1], isMatrix: true)}{(isBiased ? $", {w.Buffer(node.Inputs[2])}" : "")})";
            w.Give(node, value, isFlat: true);
            return;
        }
        if (conv.StrideY * conv.StrideX > 1 && w.Network.TakesAnySize)
            throw new EngineException($"node '{node.Name}' has strides, and padding that depends on the picture's size; PyTorch has no such convolution");
        string x = w.Name(node.Inputs[0]);
        bool isEven = top == bottom && left == right;
        string padding = isEven ? $", padding=({top}, {left})" : "";
        string make = $"nn.Conv2d({s[2]}, {s[3]}, ({s[0]}, {s[1]}), ({conv.StrideY}, {conv.StrideX}){padding}{(isBiased ? "" : ", bias=False")})";
        w.Give(node, $"{Named(node, w.Layer(node, make))}({(isEven ? x : $"F.pad({x}, ({left}, {right}, {top}, {bottom}))")})");
    }

    private static void Transposed(ConvTranspose2d up, Node node, TorchWriter w)
    {
        var s = node.Inputs[1].Shape;
        if (up.CropTop != up.CropBottom || up.CropLeft != up.CropRight)
            throw new EngineException($"node '{node.Name}' crops its sides unlike, which PyTorch's ConvTranspose2d does not");
        string bias = node.Inputs.Count > 2 ? "" : ", bias=False";
        string make = $"nn.ConvTranspose2d({s[3]}, {s[2]}, ({s[0]}, {s[1]}), {up.Stride}, padding=({up.CropTop}, {up.CropLeft}){bias})";
        w.Give(node, $"{Named(node, w.Layer(node, make))}({w.Name(node.Inputs[0])})");
    }

    private static string Named(Node node, string? layer) =>
        layer ?? throw new EngineException($"node '{node.Name}' has weights called '{node.Inputs[1].Name}', which are no layer's; PyTorch wants '….weight'");

    private static string Function(Activation f, string x, Node node) => f.Kind switch
    {
        ActivationKind.Relu => $"F.relu({x})",
        ActivationKind.LeakyRelu => $"F.leaky_relu({x}, {TorchWriter.Text(f.Slope)})",
        ActivationKind.Sigmoid => $"torch.sigmoid({x})",
        _ => throw new EngineException($"node '{node.Name}' is a {f.Kind}, for which there is no PyTorch"),
    };

    private static string PadCrop(PadCrop2d op, string x, Node node, TorchWriter w)
    {
        if (!w.Network.TakesAnySize) return $"F.pad({x}, ({op.Left}, {op.Right}, {op.Top}, {op.Bottom}))";
        if (op.Multiple > 1) return $"F.pad({x}, (0, -{x}.shape[3] % {op.Multiple}, 0, -{x}.shape[2] % {op.Multiple}))";
        int pixels = w.Network.ExpectPictureSize(node);
        return $"{x}[:, :, {Places(2)}, {Places(3)}]";

        // As many as cover the picture.
        string Places(int axis) => pixels == 1 ? $":image.shape[{axis}]" : $":-(-image.shape[{axis}] // {pixels})";
    }

    private static void Nearest(KNearest op, Node node, TorchWriter w)
    {
        w.Forward.Add($"q, s = {w.Flat(node.Inputs[0])}, {w.Buffer(node.Inputs[1])}.float()");
        // All three parts are whole numbers and exact.
        w.Forward.Add("d = (s * s).sum(1).double() - 2 * (q @ s.T).double()");
        w.Forward.Add($"nearest = torch.sort(d, dim=1, stable=True).indices[:, :{op.K}]");
        w.Forward.Add($"each = F.one_hot({w.Buffer(node.Inputs[2])}.long()[nearest], {op.Classes}).float()");
        string shares = $"({KNearest.MaxK} - torch.arange({op.K})[:, None]) / {2 * KNearest.MaxK}";
        w.Give(node, op.Ties == TieRule.Nearest ? $"each.sum(1) + (each * ({shares})).amax(1)" : "each.sum(1)", isFlat: true);
    }
}
