using Microsoft.CodeAnalysis;

namespace FcnFromScratch.KernelCompiler;

/// <summary>Every error of the kernel compiler. {0} is always the kernel; each message says what to write instead.</summary>
internal static class Diagnostics
{
    public static readonly DiagnosticDescriptor
        ClassShape = Error("FCN001", "The class of a kernel is static and partial",
            "kernel '{0}' is in '{1}', which must be a top-level, non-generic static partial class; declare it 'static partial class {1}'"),
        MethodShape = Error("FCN002", "A kernel is a static void method with a body",
            "kernel '{0}' must be 'static void' with a body, for it is launched for many items at once; write results to an ArrayView<T>"),
        GenericKernel = Error("FCN003", "A kernel is not generic",
            "kernel '{0}' has type parameters; write one kernel for each type"),
        ParameterType = Error("FCN004", "A kernel takes views, numbers and readonly structs of numbers",
            "kernel '{0}' takes '{1}' of type {2}: {3}"),
        ParameterByReference = Error("FCN005", "A kernel takes its parameters by value",
            "kernel '{0}' takes '{1}' by reference; pass an ArrayView<T> of one element and write to its element 0"),
        TooManyParameters = Error("FCN006", "A kernel takes at most 14 parameters",
            "kernel '{0}' takes {1} parameters beside the index, at most 14 can be passed; put the scalars in one readonly struct"),
        Statement = Error("FCN007", "A statement that devices do not have",
            "kernel '{0}' uses {1}; {2}"),
        Expression = Error("FCN008", "An expression that devices do not have",
            "kernel '{0}' uses {1}; {2}"),
        Type = Error("FCN009", "A type that devices do not have",
            "kernel '{0}' uses type {1}: {2}"),
        Call = Error("FCN010", "A call that cannot be translated",
            "kernel '{0}' calls '{1}', {2}"),
        Recursion = Error("FCN011", "Devices have no call stack",
            "kernel '{0}' reaches '{1}' again from itself; devices cannot recurse, write a loop"),
        NeedsGroup = Error("FCN012", "An implicit kernel has no groups",
            "kernel '{0}' takes an index, so the device chooses its groups and '{1}' means nothing; "
                + "drop the index parameter and launch it with a KernelConfig"),
        Extent = Error("FCN013", "The size of shared or local memory is a constant",
            "kernel '{0}' allocates {1} elements, which is not a constant; use a const, a literal or a SpecializedValue<int>"),
        StaticField = Error("FCN014", "Devices do not see static fields",
            "kernel '{0}' uses the static field or property '{1}'; make it const or pass it as a parameter"),
        Specialized = Error("FCN015", "Only int is specialised",
            "kernel '{0}' takes '{1}' of type {2}; only SpecializedValue<int> is baked in, pass other values as plain parameters"),
        SameName = Error("FCN016", "Two kernels of one name",
            "kernel '{0}' is declared twice; its launcher '{1}Launch' can exist once, give it another name"),
        EvaluationOrder = Error("FCN017", "Changed and used in one expression",
            "kernel '{0}' changes '{1}' and uses it elsewhere in the same expression; C leaves the order open, write two statements"),
        ViewUse = Error("FCN018", "A view is set once",
            "kernel '{0}' uses the view '{1}' as a value; "
                + "a view may only be indexed, measured, cut with SubView, cast, passed to a helper or set once when it is declared"),
        AtomicTarget = Error("FCN019", "Atomics work on views",
            "kernel '{0}' applies '{1}' to '{2}', which only this work item sees; atomics take an element of a global or shared view"),
        Allocation = Error("FCN020", "Memory is allocated in a declaration",
            "kernel '{0}' calls '{1}' {2}");

    private static DiagnosticDescriptor Error(string id, string title, string message) =>
        new(id, title, message, "KernelCompiler", DiagnosticSeverity.Error, isEnabledByDefault: true);
}
