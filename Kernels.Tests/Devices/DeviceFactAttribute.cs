using System.Reflection;
using FcnFromScratch.Engine.Devices;
using Xunit;
using Xunit.Sdk;

namespace FcnFromScratch.Kernels.Tests.Devices;

/// <summary>A fact that needs a device (opencl, cuda:0); skipped, with the reason, on a machine without it.</summary>
public sealed class DeviceFactAttribute : FactAttribute
{
    public DeviceFactAttribute(string device) => Skip = DeviceList.WhyMissing(device);
}

/// <summary>A theory that needs a device (opencl, cuda:0); skipped, with the reason, on a machine without it.</summary>
public sealed class DeviceTheoryAttribute : TheoryAttribute
{
    public DeviceTheoryAttribute(string device) => Skip = DeviceList.WhyMissing(device);
}

/// <summary>One row of a theory: the device's name and then the given values; skipped, with the reason, on a machine without the device.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class OnDeviceAttribute : DataAttribute
{
    private readonly object[] _row;

    public OnDeviceAttribute(string device, params object[] values)
    {
        _row = [device, .. values];
        Skip = DeviceList.WhyMissing(device);
    }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [_row];
}
