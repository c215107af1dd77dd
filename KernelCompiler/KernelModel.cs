using System.Collections;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace FcnFromScratch.KernelCompiler
{
    /// <summary>What a kernel needs of a device; the names are those of the engine's enum.</summary>
    [Flags]
    internal enum KernelFeatures { None = 0, Barrier = 1, SharedMemory = 2, Warp = 4, Atomics = 8, Double = 16 }

    internal enum ParameterKind { View, Value, Specialized }

    /// <param name="Type">Fully qualified C# type.</param>
    /// <param name="PassesLength">A view whose length follows it as an argument of its own.</param>
    internal sealed record ParameterModel(string Name, string Type, ParameterKind Kind, bool PassesLength);

    /// <summary>
    /// All that is known of one kernel when its code is written. Only values: the pipeline compares two of these to see whether an edit
    /// changed anything, so no symbol and no syntax may be kept here.
    /// </summary>
    /// <param name="Dimensions">1 to 3 for an implicit kernel with an index, 0 for an explicit one.</param>
    /// <param name="CSharp">The method as it is written, its documentation with it.</param>
    /// <param name="HasLauncher">Whether the signature is sound enough for a launcher, even if the body is not.</param>
    internal sealed record KernelModel(
        string Namespace, string Class, string Method, bool HasLauncher, bool IsPublic, int Dimensions, EquatableArray<ParameterModel> Parameters,
        string CSharp, string OpenCl, string Cuda, KernelFeatures Features, bool UsesLocalMemory, string SourceFile, int SourceLine,
        EquatableArray<DiagnosticInfo> Diagnostics)
    {
        public string Name => $"{Class}.{Method}";
        public string EntryPoint => $"{Class}_{Method}";
        public string Launcher => (Namespace.Length == 0 ? "global::" : $"global::{Namespace}.") + $"{Class}.{Method}Launch";
        public string HintName => (Namespace.Length == 0 ? "" : Namespace + ".") + Name + ".g.cs";
    }

    internal sealed record LocationInfo(string Path, TextSpan Span, LinePositionSpan Lines)
    {
        public static LocationInfo From(Location location) =>
            new(location.SourceTree?.FilePath ?? "", location.SourceSpan, location.GetLineSpan().Span);

        public Location ToLocation() => Location.Create(Path, Span, Lines);
    }

    internal sealed record DiagnosticInfo(DiagnosticDescriptor Descriptor, LocationInfo Location, EquatableArray<string> Arguments)
    {
        public Diagnostic ToDiagnostic() => Diagnostic.Create(Descriptor, Location.ToLocation(), Arguments.ToArray<object>());
    }

    /// <summary>An array that is equal to another when its elements are.</summary>
    internal readonly struct EquatableArray<T>(ImmutableArray<T> items) : IEquatable<EquatableArray<T>>, IEnumerable<T> where T : IEquatable<T>
    {
        private readonly ImmutableArray<T> _items = items;

        public EquatableArray(IEnumerable<T> items) : this(items.ToImmutableArray()) { }

        private ImmutableArray<T> Items => _items.IsDefault ? ImmutableArray<T>.Empty : _items;
        public int Count => Items.Length;
        public T this[int index] => Items[index];

        public bool Equals(EquatableArray<T> other) => Items.SequenceEqual(other.Items);
        public override bool Equals(object? other) => other is EquatableArray<T> array && Equals(array);
        public override int GetHashCode() => Items.Aggregate(17, (hash, item) => hash * 31 + item.GetHashCode());
        public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)Items).GetEnumerator();
        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}

namespace System.Runtime.CompilerServices
{
    /// <summary>Lets records compile for netstandard2.0.</summary>
    internal static class IsExternalInit;
}
