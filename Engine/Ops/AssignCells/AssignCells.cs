using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// Which object each cell of a detector's grid answers for: the number of one of its picture's M objects, or −1.
/// Inputs: boxes [N, M, 4] as xmin, ymin, xmax, ymax in pixels, none inside out; classes (I32 [N, M]), negative where there is no object.
/// Output: I32 [N, height, width]. It has no gradient. Cells lie as in <see cref="DecodeBoxes"/>.
/// <para>
/// The rule is the centre sampling of FCOS (Tian et al. 2019, section 3.2 and the later appendix): a cell may answer for an object if its centre lies in the
/// box and, along both axes, within radius · stride of the box's centre. Cells at a box's rim see more of the ground than of the object, and say badly where
/// it ends. An object's home, the cell whose centre is nearest to the box's, may always: a box between all centres would be learned by nobody otherwise.
/// </para>
/// <para>
/// Of several objects that may have a cell it goes to one that has nowhere else to go, then to the one with the nearest centre, then to the lower number.
/// Nowhere else to go has an object whose box does not hold the centre of its home, for then it holds none. (FCOS prefers the smaller box, because its objects
/// hide behind each other in all sizes; digits are of like sizes, and the nearest centre cuts their overlap down the middle.) So only an object whose
/// centre is another's, or whose every cell is nearer to others, is forgotten.
/// </para>
/// <para>
/// It asks the truth alone and not the predictions, as SimOTA and others do: the targets of a picture stay the same through training and on any device.
/// All devices give the same result: coordinates are compared, and squares as products of sums, so no rounding of a fused multiply-add can matter.
/// </para>
/// </summary>
/// <param name="height">Rows of cells.</param>
/// <param name="width">Columns of cells.</param>
/// <param name="stride">Pixels from one cell to the next.</param>
/// <param name="radius">In cells; 0 leaves every object its home alone.</param>
public sealed partial class AssignCells(int height, int width, int stride, float radius) : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        Shape boxes = inputs[0].Shape;
        Require(boxes.Rank == 3 && boxes.Channels == 4 && boxes[1] >= 1, $"boxes are {boxes}; they must be [batch, objects, 4], for 1 object or more");
        Require(inputs[1] == new TensorSpec(new Shape(boxes[0], boxes[1]), ElementType.I32),
            $"classes are {inputs[1]}; there must be one, an I32, for each of boxes {boxes}");
        Require(height >= 1 && width >= 1 && stride >= 1, $"a grid of {height}×{width} cells of {stride} pixels has none");
        Require(Math.Max(height, width) * (long)stride <= DecodeBoxes.MaxExtent,
            $"a grid of {height}×{width} cells of {stride} pixels has a side of more than {DecodeBoxes.MaxExtent} pixels");
        Require(radius >= 0, $"the radius is {radius}; it must be 0 or more");
        return [new TensorSpec(new Shape(boxes[0], height, width), ElementType.I32)];
    }

    public override void Record(Recorder r) => r.Add(new AssignCellsKernels.CellsLaunch(
        r.IntOutput(0).IntLength, r.IntOutput(0), r.Input(0).Cast<PixelBox>(), r.IntInput(1), r.InputShape(0)[1], height, width, stride, radius * stride));

    /// <summary>How many cells answer for an object, as a float [1] on the device, exact up to 2²⁴: what losses are averaged over.</summary>
    internal static ArrayView<float> RecordCount(Recorder r, ArrayView<int> assigned)
    {
        int cells = assigned.IntLength, chunks = RowSum.Chunks(cells);
        var answering = r.Scratch(cells);
        var partial = r.Scratch(chunks);
        var count = r.Scratch(1);
        r.Add(new AssignCellsKernels.AnsweringLaunch(cells, answering, assigned));
        r.Add(new RowSumKernels.PartialLaunch(chunks, partial, answering, cells, 1, RowSum.RowsPerChunk));
        r.Add(new RowSumKernels.CombineLaunch(1, count, partial, chunks, 1, 1f));
        return count;
    }
}
