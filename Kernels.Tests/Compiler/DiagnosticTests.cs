using System.Reflection;
using System.Text.RegularExpressions;
using FcnFromScratch.KernelCompiler;
using Microsoft.CodeAnalysis;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Compiler;

/// <summary>One case and more for each error of the compiler: a comment on the line where it must be says which one.</summary>
public sealed class DiagnosticTests
{
    /// <summary>Source, and what the message must say.</summary>
    public static TheoryData<string, string> Cases { get; } = new()
    {
        { "public partial class K { [Kernel] public static void Run(Index1D i) { } } // FCN001", "declare it 'static partial class K'" },
        { "public static class K { [Kernel] public static void Run(Index1D i) { } } // FCN001", "kernel 'K.Run' is in 'K'" },
        { "public static partial class Outer { public static partial class K { [Kernel] public static void Run(Index1D i) { } } } // FCN001", "top-level" },
        { Class("[Kernel] public static int Run(Index1D i) => 1; // FCN002"), "write results to an ArrayView<T>" },
        { Class("[Kernel] public static void Run<T>(Index1D i) { } // FCN003"), "one kernel for each type" },
        { Class("[Kernel] public static void Run(Index1D i, string name) { } // FCN004"), "takes 'name' of type string" },
        { Class("[Kernel] public static void Run(Index1D i, float[] x) { } // FCN004"), "pass data as an ArrayView<T>" },
        { Class("[Kernel] public static void Run(Index1D i, bool flag) { } // FCN004"), "use int" },
        { Class("[Kernel] public static void Run(Index1D i, ArrayView<char> text) { } // FCN004"), "no such type" },
        { Class("[Kernel] public static void Run(Index1D i, S s) { } // FCN004\npublic struct S { public int A; }"), "readonly struct" },
        {
            Class("[Kernel] public static void Run(Index1D i, S s) { } // FCN004\n"
                + "public readonly struct S(string a) { public readonly string A = a; }"),
            "its field 'A' is of type string"
        },
        {
            Class("[Kernel] public static void Run(Index1D i, S s) { } // FCN004\n"
                + "public readonly struct S(int a) { public readonly int B = 1; public int A => a; }"),
            "store it in a field"
        },
        {
            Class("[Kernel] public static void Run(Index1D i, S s) { } // FCN004\n"
                + "[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Explicit)]"
                + " public readonly struct S { [System.Runtime.InteropServices.FieldOffset(4)] public readonly int B; }"),
            "StructLayout"
        },
        { Laid("Size = 16"), "StructLayout" },
        { Laid("Pack = 1"), "StructLayout" },
        { Class("[Kernel] public static void Run(Index1D i, ref int x) { } // FCN005"), "takes 'x' by reference" },
        {
            Class($"[Kernel] public static void Run(Index1D i, {string.Join(", ", Enumerable.Range(0, 15).Select(n => $"int p{n}"))}) {{ }} // FCN006"),
            "takes 15 parameters"
        },
        { Body("foreach (int a in new int[3]) { } // FCN007"), "write a for loop" },
        { Body("switch (n) { default: break; } // FCN007"), "write if and else" },
        { Body("try { n++; } finally { } // FCN007"), "devices cannot throw" },
        { Body("throw new Exception(); // FCN007"), "write a flag to a view" },
        { Body("lock (typeof(int)) { } // FCN007"), "use Atomic" },
        { Body("again: goto again; // FCN007"), "use loops" },
        { Body("using var s = new System.IO.MemoryStream(); // FCN007"), "create it on the host" },
        { Body("int Twice(int a) => 2 * a; // FCN007"), "static method" },
        { Body("checked { n++; } // FCN007"), "use uint" },
        { Body("n = ((Func<int, int>)(a => a))(1); // FCN008"), "a delegate" },
        { Body("n = \"text\".Length; // FCN008 FCN010"), "a string" },
        { Body("n = new object().GetHashCode(); // FCN010"), "Object.GetHashCode" },
        { Body("n = new List<int>().Count; // FCN008 FCN010"), "a new object of class 'List'" },
        { Body("n = new int[3][0]; // FCN008"), "LocalMemory.Allocate" },
        { Body("n = n switch { 1 => 2, _ => 3 }; // FCN008"), "write ?:" },
        { Body("n = n is > 3 and < 5 ? 1 : 0; // FCN008"), "write comparisons" },
        { Body("n = checked(n + 1); // FCN008"), "use uint" },
        { Body("(n, y[0]) = (n, n); // FCN008"), "a tuple" },
        { Body("ref int r = ref y[0]; // FCN008"), "keep the view and the index" },
        { Body("while (int.TryParse(\"1\", out var q)) { } // FCN010"), "Int32.TryParse" },
        { Body("var list = new List<int>(); // FCN009"), "List<int>" },
        { Body("var name = nameof(n); // FCN009"), "type string" },
        { Body("decimal d = n; // FCN009"), "devices have no such type" },
        { Body("Console.WriteLine(n); // FCN010"), "calls 'Console.WriteLine', which has no counterpart" },
        { Body("n = Same(n); // FCN010", "static T Same<T>(T value) => value;"), "generic" },
        { Body("n = (int)y.AsSpan()[0]; // FCN008"), "only views are indexed" },
        { Body("n = Fall(n);", "static int Fall(int a) => a == 0 ? 0 : Fall(a - 1); // FCN011"), "reaches 'K.Fall' again" },
        { Body("n = Ping(n);", "static int Ping(int a) => Pong(a);\nstatic int Pong(int a) => Ping(a); // FCN011"), "write a loop" },
        { Body("Group.Barrier(); // FCN012"), "launch it with a KernelConfig" },
        { Body("n = Grid.IdxX; // FCN012"), "'Grid.IdxX'" },
        { Body("n = Grid.GlobalIndex.X; // FCN012"), "'Grid.GlobalIndex'" },
        { Body("n = Warp.LaneIdx; // FCN012"), "'Warp.LaneIdx'" },
        { Grouped("if (Warp.Shuffle(n > 0, 0)) y[0] = n; // FCN009"), "a shuffle moves one number" },
        { Body("var s = SharedMemory.Allocate<int>(4); // FCN012"), "'SharedMemory.Allocate'" },
        { Body("n = Where();", "static int Where() => Group.IdxX; // FCN012"), "'Group.IdxX'" },
        { Body("var s = LocalMemory.Allocate<int>(n); // FCN013"), "allocates n elements" },
        { Body("n = Counter; // FCN014", "static int Counter;"), "'K.Counter'" },
        { Body("Counter++; // FCN014", "static int Counter;"), "make it const" },
        { Body("n = Limit; // FCN014", "static readonly int Limit = 3;"), "pass it as a parameter" },
        { Class("[Kernel] public static void Run(Index1D i, SpecializedValue<float> f) { } // FCN015"), "only SpecializedValue<int>" },
        { Class("[Kernel] public static void Run(Index1D i) { }\n[Kernel] public static void Run(Index1D i, int n) { } // FCN016"), "give it another name" },
        { Body("y[n] = n++; // FCN017"), "changes 'n'" },
        { Body("y[0] = ++n + n; // FCN017"), "changes 'n'" },
        { Body("y[0] = n - --n; // FCN017"), "changes 'n'" },
        { Body("n = Step(ref n) + n; // FCN017", "static int Step(ref int a) => a++;"), "write two statements" },
        { Body("n = y[0] + Bump(y); // FCN017", "static int Bump(ArrayView<int> a) => a[0]++;"), "changes 'y'" },
        { Body("y[0] += Atomic.Add(ref y[1], 1); // FCN017"), "changes 'y'" },
        { Body("var a = y; a = y; // FCN018"), "set once" },
        { Body("var a = n > 3 ? y : y; // FCN018"), "as a value" },
        { Body("ArrayView<int> a; // FCN018"), "the view 'a'" },
        { Body("Atomic.Add(ref n, 1); // FCN019"), "only this work item sees" },
        { Body("n = LocalMemory.Allocate<int>(3)[0]; // FCN020"), "declare a local view" },
        {
            Class("[Kernel] public static void Run(ArrayView<int> y) { y[0] = Make(); }\n"
                + "static int Make() { var s = SharedMemory.Allocate<int>(3); return s[0]; } // FCN020"),
            "allocate in the kernel"
        },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Errors_stand_at_their_line_and_say_what_to_write(string source, string message)
    {
        var expected = source.Split('\n').SelectMany((text, line) => Regex.Matches(text, "FCN[0-9]{3}").Select(id => (id.Value, Line: line + 1)));
        var found = Harness.Diagnose(source);
        Assert.Equal(expected.Order(), found.Select(d => (d.Id, d.Location.GetLineSpan().StartLinePosition.Line + 1)).Order());
        Assert.Contains(message, string.Join("\n", found.Select(d => d.GetMessage())));
        Assert.All(found, d => Assert.StartsWith("kernel 'K.Run' ", d.GetMessage()));
    }

    [Fact]
    public void Every_error_has_a_case_and_an_id_of_its_own()
    {
        var fields = typeof(Diagnostics).GetFields(BindingFlags.Static | BindingFlags.Public);
        var ids = fields.Select(field => ((DiagnosticDescriptor)field.GetValue(null)!).Id).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        string sources = string.Concat(Cases.Select(data => (string)data[0]));
        Assert.All(ids, id => Assert.Contains(id, sources));
    }

    [Fact]
    public void What_is_no_CSharp_is_left_to_the_CSharp_compiler() =>
        Assert.Empty(Harness.Diagnose(Body("n = missing + y.Nothing(3) + Unknown.Value; Missing<int> m = null; foreach2(n);")));

    [Fact]
    public void Half_typed_code_never_stops_the_generator()
    {
        var random = new Random(0);
        foreach (string source in TestKernels.Sources)
            for (int i = 0; i < 8; i++)
            {
                int at = random.Next(source.Length), length = random.Next(1, 20);
                string typed = i % 2 == 0 ? source[..at] : source.Remove(at, Math.Min(length, source.Length - at));
                var result = Harness.Driver().RunGenerators(Harness.Compilation(("Kernels.cs", typed))).GetRunResult().Results.Single();
                Assert.True(result.Exception is null, $"{result.Exception}\n{typed}");
            }
    }

    [Fact]
    public void A_kernel_with_an_error_keeps_its_launcher()
    {
        var driver = Harness.Driver().RunGenerators(Harness.Compilation(("Kernels.cs", Body("Console.WriteLine(n);"))));
        Assert.Contains(driver.GetRunResult().GeneratedTrees, tree => tree.ToString().Contains("class RunLaunch"));
    }

    private static string Class(string members) => "public static partial class K\n{\n" + members + "\n}";

    private static string Laid(string layout) =>
        Class("[Kernel] public static void Run(Index1D i, S s) { } // FCN004\n"
            + $"[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Sequential, {layout})]"
            + " public readonly struct S { public readonly byte A; public readonly int B; }");

    private static string Grouped(string statements) => Class("[Kernel] public static void Run(ArrayView<int> y, int n)\n{\n" + statements + "\n}");

    private static string Body(string statements, string members = "") =>
        Class("[Kernel] public static void Run(Index1D i, ArrayView<int> y, int n)\n{\n" + statements + "\n}\n" + members);
}
