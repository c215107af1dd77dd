using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine.Devices;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Packages;

/// <summary>What leaves this house works outside of it: the engine with its compiler, the tool, and one file for a machine without .NET.</summary>
[Collection(nameof(PackageTests))]
public sealed class PackageTests(Packed packed) : IClassFixture<Packed>
{
    [Fact]
    public void The_engine_comes_with_its_compiler_its_symbols_and_what_says_how_to_use_it()
    {
        using var package = Package("Engine");
        string[] expected =
        [
            "LICENSE", "README.md", "analyzers/dotnet/cs/FcnFromScratch.KernelCompiler.dll", "lib/net10.0/FcnFromScratch.Engine.dll",
            "lib/net10.0/FcnFromScratch.Engine.pdb", "lib/net10.0/FcnFromScratch.Engine.xml",
        ];
        Assert.Equal(expected, package.Entries.Select(e => e.FullName).Where(IsContent).Order(StringComparer.Ordinal));
        Assert.DoesNotContain("<dependency ", Text(package, "FcnFromScratch.Engine.nuspec"));

        // What no server has, as the launchers that the compiler wrote, is in the symbols.
        using var stream = new MemoryStream();
        using (var symbols = package.GetEntry("lib/net10.0/FcnFromScratch.Engine.pdb")!.Open()) symbols.CopyTo(stream);
        stream.Position = 0;
        using var provider = MetadataReaderProvider.FromPortablePdbStream(stream);
        var reader = provider.GetMetadataReader();
        var embedded = reader.CustomDebugInformation.Select(reader.GetCustomDebugInformation)
            .Where(info => info.Parent.Kind == HandleKind.Document && reader.GetGuid(info.Kind) == new Guid("0E8A571B-6926-466E-B4AD-8AB04611F5FE"))
            .Select(info => reader.GetString(reader.GetDocument((DocumentHandle)info.Parent).Name));
        Assert.Contains(embedded, name => name.EndsWith("GeneratedKernels.g.cs", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Mandelbrot", "1200×800 pixels, (4[67][0-9]{6}) steps, ")]
    [InlineData("NBody", @"2048 bodies, 100 steps, energy off by 0\.[0-4][0-9] %, ")]
    public void A_project_of_somebody_else_has_kernels_by_the_package_alone(string name, string said)
    {
        string folder = Copied(name);
        packed.Dotnet(folder, "build", "-c", "Release", "-v", "quiet", "-nologo");
        foreach (string device in DeviceList.Describe().Where(d => d.Available && d.Name != "emulator").Select(d => d.Name))
        {
            string picture = packed.Folder[$"{name}-{device.Replace(':', '-')}.png"];
            string output = packed.Dotnet(folder, "run", "--no-build", "-c", "Release", "--", device, picture);
            Assert.Matches($@"^{device} \(.*\): {said}", output);
            Assert.InRange(PictureFile.ReadGrey(picture, File.ReadAllBytes(picture), int.MaxValue).Pixels.Distinct().Count(), 4, 256);
        }
    }

    [Fact]
    public void The_program_of_the_packages_own_page_runs()
    {
        string folder = Copied("Mandelbrot"), page = File.ReadAllText(House.Repository.At("Engine/README.md"));
        File.WriteAllText(Path.Combine(folder, "Program.cs"), page.Split("```csharp\n")[1].Split("```")[0]);
        Assert.Equal("1 4 9 16", packed.Dotnet(folder, "run", "-c", "Release", "-v", "quiet").Trim());
    }

    [Fact]
    public void A_mistake_in_a_kernel_is_an_error_of_somebody_elses_build()
    {
        string folder = Copied("Mandelbrot"), program = Path.Combine(folder, "Program.cs");
        File.WriteAllText(program, File.ReadAllText(program).Replace("int n = 0;", "int n = 0; var list = new List<int>();"));
        var failed = Assert.ThrowsAny<Exception>(() => packed.Dotnet(folder, "build", "-c", "Release", "-v", "quiet", "-nologo"));
        Assert.Matches(@"Program\.cs\(\d+,\d+\): error FCN\d{3}: ", failed.Message);
    }

    [Fact]
    public void The_tool_is_installed_and_trains()
    {
        using (var package = Package("Tool"))
            Assert.Superset(new HashSet<string> { "LICENSE", "README.md", "tools/net10.0/any/fcn.dll" }, package.Entries.Select(e => e.FullName).ToHashSet());
        string folder = Path.GetDirectoryName(Copied("Mandelbrot"))!; // where packages come from the folder of packages alone
        packed.Dotnet(folder, "tool", "install", "FcnFromScratch.Tool", "--tool-path", packed.Folder["tools"]);
        Trains(packed.Folder[OperatingSystem.IsWindows() ? "tools/fcn.exe" : "tools/fcn"]);
    }

    // As README says, but for compiling ahead, which takes half a minute and changes when, not what.
    [RuntimePackTheory]
    [InlineData("linux-x64", "fcn")]
    [InlineData("win-x64", "fcn.exe")]
    public void One_file_is_all_that_a_machine_without_dotnet_needs(string platform, string name)
    {
        packed.Publish(platform);
        string file = packed.Folder[$"{platform}/{name}"];
        Assert.Equal([file], Directory.GetFileSystemEntries(packed.Folder[platform]));
        if (platform == RuntimeInformation.RuntimeIdentifier) Trains(file);
        else
        {
            using var program = new PEReader(File.OpenRead(file));
            Assert.Equal(System.Reflection.PortableExecutable.Machine.Amd64, program.PEHeaders.CoffHeader.Machine);
        }
    }

    /// <summary>Its main job, from digits that it draws itself to a picture that is read.</summary>
    private void Trains(string fcn)
    {
        string home = Directory.CreateDirectory(packed.Folder[$"home-{Guid.NewGuid():N}"]).FullName;
        packed.Run(fcn, home, "train", "segment", "--model", "fcn8-slim", "--device", "cpu", "--epochs", "1", "--steps", "2", "--batch", "4", "--quiet");
        string picture = Path.Combine(home, "digit.png");
        File.WriteAllBytes(picture, Png.Encode(new Picture(28, 28, 1, ProceduralDigits.Make(1, seed: 3).Image(0).ToArray())));
        var read = JsonNode.Parse(packed.Run(fcn, home, "predict", picture, "--device", "cpu", "--json"))!;
        Assert.Equal(28, (int)read["pictures"]![0]!["width"]!);
        Assert.StartsWith("fcn 0.1.0, commit ", packed.Run(fcn, home, "--version"));
    }

    private string Copied(string sample)
    {
        string from = House.Repository.At("samples"), to = packed.Folder[$"samples-{Guid.NewGuid():N}"];
        foreach (string file in Directory.GetFiles(from).Concat(Directory.GetFiles(Path.Combine(from, sample))))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        return Path.Combine(to, sample);
    }

    private ZipArchive Package(string name) => ZipFile.OpenRead(Directory.GetFiles(packed.Folder["packages"], $"FcnFromScratch.{name}.*.nupkg").Single());

    /// <summary>Not what every package has.</summary>
    private static bool IsContent(string name) => !name.StartsWith("_rels/") && !name.StartsWith("package/") && !name.EndsWith(".nuspec") && name[0] != '[';

    private static string Text(ZipArchive package, string name)
    {
        using var reader = new StreamReader(package.GetEntry(name)!.Open());
        return reader.ReadToEnd();
    }
}
