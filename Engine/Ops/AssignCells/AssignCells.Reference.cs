namespace FcnFromScratch.Engine.Ops;

public sealed partial class AssignCells
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        int objects = x[0].Shape[1];
        T size = T.CreateChecked(stride), half = T.CreateChecked(0.5), reach = T.CreateChecked(radius) * size;
        for (int n = 0; n < x[0].Shape.Batch; n++)
            for (int i = 0; i < height; i++)
                for (int j = 0; j < width; j++)
                {
                    T cellX = (T.CreateChecked(j) + half) * size, cellY = (T.CreateChecked(i) + half) * size;
                    var claims = new List<(bool HasElsewhere, T Distance, int Number)>();
                    for (int m = 0; m < objects; m++)
                    {
                        var box = x[0].Values.AsSpan((n * objects + m) * 4, 4);
                        T dx = half * (box[0] + box[2]) - cellX, dy = half * (box[1] + box[3]) - cellY;
                        int row = Math.Clamp(int.CreateSaturating(T.Floor((cellY + dy) / size)), 0, height - 1);
                        int column = Math.Clamp(int.CreateSaturating(T.Floor((cellX + dx) / size)), 0, width - 1);
                        bool isHome = row == i && column == j;
                        bool isInside = box[0] <= cellX && cellX <= box[2] && box[1] <= cellY && cellY <= box[3];
                        bool isNear = T.Abs(dx) <= reach && T.Abs(dy) <= reach;
                        if (x[1].Ints[n * objects + m] >= 0 && (isHome || isInside && isNear)) claims.Add((isInside, dx * dx + dy * dy, m));
                    }
                    y[0].Ints[(n * height + i) * width + j] = claims.Count > 0 ? claims.Min().Number : -1;
                }
    }
}
