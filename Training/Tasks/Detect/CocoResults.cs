using System.Text.Json;
using FcnFromScratch.Data;

namespace FcnFromScratch.Training.Tasks.Detect;

/// <summary>Detections as a file that evaluators of COCO read: <c>[{"image_id", "category_id", "bbox": [x, y, width, height], "score"}]</c>.</summary>
internal static class CocoResults
{
    /// <param name="imageId">Of a picture, by its position.</param>
    /// <param name="categoryIds">Of the classes, in their order.</param>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<DetectedPicture> pictures, Func<int, long> imageId, IReadOnlyList<long> categoryIds) =>
        AtomicFile.Write(path, stream =>
        {
            using var json = new Utf8JsonWriter(stream);
            json.WriteStartArray();
            foreach (var picture in pictures)
                foreach (var (box, k, score) in picture.Found)
                {
                    json.WriteStartObject();
                    json.WriteNumber("image_id", imageId(picture.Position));
                    json.WriteNumber("category_id", categoryIds[k]);
                    json.WriteStartArray("bbox");
                    foreach (double side in (double[])[box.XMin, box.YMin, box.Width, box.Height]) json.WriteNumberValue(side);
                    json.WriteEndArray();
                    json.WriteNumber("score", score);
                    json.WriteEndObject();
                }
            json.WriteEndArray();
        });
}
