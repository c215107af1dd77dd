using Xunit;

// Devices are shared between tests and use all cores themselves.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
