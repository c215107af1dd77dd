using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Kernels.Algorithms;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.House;

/// <summary>
/// The engine is a package: a type is public where it is written for others, where another project names it, or where such a type shows it.
/// </summary>
public sealed class PublicSurfaceTests
{
    private static readonly Assembly s_engine = typeof(Graph).Assembly;

    [Fact]
    public void No_type_of_the_engine_is_public_that_need_not_be()
    {
        Type[] exported = s_engine.GetExportedTypes();
        var needed = new HashSet<Type>();
        var open = new Queue<Type>(exported.Where(IsWrittenForOthers));
        foreach (string assembly in new[] { "FcnFromScratch.Layers", "FcnFromScratch.Training", "FcnFromScratch.Export", "fcn", "FcnFromScratch.Stranger" })
            foreach (string name in Named(assembly)) open.Enqueue(s_engine.GetType(name, throwOnError: true)!);
        while (open.TryDequeue(out var type))
            if (needed.Add(type))
                foreach (var shown in Shown(type)) open.Enqueue(shown);
        Assert.Equal("", string.Join(", ", exported.Except(needed).Select(type => type.FullName)));
    }

    /// <summary>
    /// In the file that an editor reads. What an override or an implementation does is said where it is declared, what a property is that a constructor sets
    /// is said there, and a conversion or a function of mathematics by its name.
    /// </summary>
    [Fact]
    public void Whatever_is_public_is_explained()
    {
        var explained = XDocument.Load(Path.ChangeExtension(s_engine.Location, ".xml")).Descendants("member").Select(m => m.Attribute("name")!.Value).ToArray();
        var missing = new List<string>();
        bool Explained(string own) => explained.Any(member => member.AsSpan(2).StartsWith(own));
        foreach (var type in s_engine.GetExportedTypes())
        {
            string name = type.FullName!.Replace('+', '.');
            if (!explained.Contains($"T:{name}")) missing.Add(name);
            if (type.Name != nameof(XMath)) missing.AddRange(OwnNames(type).Select(own => $"{name}.{own}").Where(own => !Explained(own)));
        }
        Assert.Equal("", string.Join(", ", missing));
    }

    private static IEnumerable<string> OwnNames(Type type)
    {
        const BindingFlags Own = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var implemented = type.IsInterface ? [] : type.GetInterfaces().SelectMany(i => type.GetInterfaceMap(i).TargetMethods).ToHashSet();
        var set = type.GetConstructors().SelectMany(c => c.GetParameters()).Select(p => p.Name!).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var member in type.GetMembers(Own))
        {
            var method = member as MethodInfo ?? (member as PropertyInfo)?.GetMethod;
            bool isInherited = method is not null && (method.GetBaseDefinition() != method || implemented.Contains(method));
            bool isWritten = member switch
            {
                MethodInfo => !method!.IsSpecialName && method.GetCustomAttribute<CompilerGeneratedAttribute>() is null,
                PropertyInfo => !set.Contains(member.Name) && member.GetCustomAttribute<CompilerGeneratedAttribute>() is null && member.Name != "Item",
                FieldInfo field => !field.IsSpecialName,
                _ => false,
            };
            if (isWritten && !isInherited) yield return member.Name;
        }
    }

    /// <summary>What kernels are written in, what launches them, what a graph can be made of, and what is thrown.</summary>
    private static bool IsWrittenForOthers(Type type) =>
        type == typeof(KernelAttribute) || type.Namespace!.StartsWith("FcnFromScratch.Engine.Kernels", StringComparison.Ordinal)
        || type.IsSubclassOf(typeof(Launch)) || type.IsSubclassOf(typeof(Exception))
        || type.IsSubclassOf(typeof(Op)) && !type.Name.EndsWith("Gradient", StringComparison.Ordinal);

    /// <summary>The types of the engine that an assembly names.</summary>
    private static IEnumerable<string> Named(string assembly)
    {
        using var file = new PEReader(File.OpenRead(Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll")));
        var metadata = file.GetMetadataReader();
        foreach (var handle in metadata.TypeReferences)
            if (Name(metadata, handle) is { } name) yield return name;
    }

    private static string? Name(MetadataReader metadata, TypeReferenceHandle handle)
    {
        var type = metadata.GetTypeReference(handle);
        string own = metadata.GetString(type.Name);
        if (type.ResolutionScope.Kind == HandleKind.TypeReference)
            return Name(metadata, (TypeReferenceHandle)type.ResolutionScope) is { } outer ? $"{outer}+{own}" : null;
        if (type.ResolutionScope.Kind != HandleKind.AssemblyReference) return null;
        var scope = metadata.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope);
        return metadata.GetString(scope.Name) == s_engine.GetName().Name ? $"{metadata.GetString(type.Namespace)}.{own}" : null;
    }

    /// <summary>What whoever uses a type meets: its bases, and the types of what it lets others see or override.</summary>
    private static IEnumerable<Type> Shown(Type type)
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var shown = type.GetNestedTypes().Concat(type.GetInterfaces()).Append(type.BaseType).Append(type.DeclaringType)
            .Concat(type.GetFields(All).Where(f => f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly).Select(f => f.FieldType))
            .Concat(type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)).Where(m => m.IsPublic || m.IsFamily || m.IsFamilyOrAssembly)
                .SelectMany(m => m.GetParameters().Select(p => p.ParameterType).Append((m as MethodInfo)?.ReturnType)));
        return shown.OfType<Type>().SelectMany(Parts).Where(part => part.Assembly == s_engine);
    }

    /// <summary>A generic type and what it is made with; of an array or a reference the type that it is of.</summary>
    private static IEnumerable<Type> Parts(Type type) => type.HasElementType ? Parts(type.GetElementType()!)
        : type.IsGenericParameter ? []
        : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition()) : [type];
}
