using System.Runtime.InteropServices;
using System.Text;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Devices.Native;

/// <summary>The arguments of a launch, kept until its kernel is compiled: the specialised values among them are part of its text.</summary>
internal sealed class BoundArguments : IArgumentBinder
{
    private readonly NativeDevice _device;
    private readonly List<byte[]> _values = [];
    private readonly StringBuilder _defines = new();

    public BoundArguments(NativeDevice device, KernelLaunch launch)
    {
        _device = device;
        launch.Bind(this);
    }

    /// <summary>The bytes of each argument; those of a view are the driver's handle, or a null pointer where it has no elements.</summary>
    public IReadOnlyList<byte[]> Values => _values;

    /// <summary>The lines that go before the kernel's text; equal lines mean the same program.</summary>
    public string Defines => _defines.Length == 0 ? "" : $"{_defines}#line 1\n";

    public void View<T>(ArrayView<T> view) where T : unmanaged =>
        Value(view.Length == 0 || view.Buffer is null ? 0 : _device.Own(view.Buffer).Argument(view.OffsetInBytes, view.LengthInBytes));

    public void Value<T>(T value) where T : unmanaged => _values.Add(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray());

    public void Specialized(string name, int value) => _defines.Append($"#define SPECIALIZED_{name} {value}\n");
}
