using System.Runtime.InteropServices;
using System.Text;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Devices.Native;

/// <summary>One argument of a native kernel: a range of a buffer (no buffer: a null pointer), or the bytes of a value.</summary>
internal readonly record struct BoundArgument(MemoryBuffer? Buffer, long OffsetInBytes, long LengthInBytes, byte[]? Value);

/// <summary>The arguments of a launch, kept until its kernel is compiled: the specialised values among them are part of its text.</summary>
internal sealed class BoundArguments : IArgumentBinder
{
    private readonly List<BoundArgument> _arguments = [];
    private readonly StringBuilder _defines = new();

    public BoundArguments(KernelLaunch launch) => launch.Bind(this);

    public IReadOnlyList<BoundArgument> Arguments => _arguments;

    /// <summary>The lines that go before the kernel's text; equal lines mean the same program.</summary>
    public string Defines => _defines.Length == 0 ? "" : $"{_defines}#line 1\n";

    public void View<T>(ArrayView<T> view) where T : unmanaged =>
        _arguments.Add(new BoundArgument(view.Length == 0 ? null : view.Buffer, view.OffsetInBytes, view.LengthInBytes, null));

    public void Value<T>(T value) where T : unmanaged =>
        _arguments.Add(new BoundArgument(null, 0, 0, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray()));

    public void Specialized(string name, int value) => _defines.Append($"#define SPECIALIZED_{name} {value}\n");
}
