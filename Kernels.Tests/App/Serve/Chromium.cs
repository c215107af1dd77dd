using FcnFromScratch.Kernels.Tests.Export;
using Microsoft.Playwright;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App.Serve;

/// <summary>A real browser, where there is one.</summary>
internal static class Chromium
{
    private static readonly string[] s_places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    public static string? Path { get; } = s_places.FirstOrDefault(File.Exists);

    public const string Missing = "needs chromium (Debian: chromium)";

    public static async Task<IBrowser> Launch(IPlaywright playwright) => await playwright.Chromium.LaunchAsync(new()
    {
        ExecutablePath = Path,
        Args = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"], // tests run as root, where there is no sandbox
    });
}

/// <summary>A test in a real browser; skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = Chromium.Path is null ? Chromium.Missing : null;
}

/// <summary>A theory on the rules of axe-core (Deque) for who reads by ear or by keyboard; skipped where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AxeTheoryAttribute : TheoryAttribute
{
    public static string Source { get; } = Path.Combine(OutsideTool.Modules, "axe-core", "axe.min.js");

    public AxeTheoryAttribute() => Skip = Chromium.Path is null ? Chromium.Missing
        : File.Exists(Source) ? null : "no axe-core; ./test installs it where npm is: npm install --ignore-scripts axe-core";
}

/// <inheritdoc cref="BrowserFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute() => Skip = Chromium.Path is null ? Chromium.Missing : null;
}
