namespace FcnFromScratch.Engine.Ops;

/// <summary>A box in a picture, in pixels, as kernels read it: four floats of a tensor [..., 4].</summary>
internal readonly record struct PixelBox(float XMin, float YMin, float XMax, float YMax);
