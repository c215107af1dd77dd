using Xunit;

// One after another: devices are shared between tests and use all cores themselves, and the command has one console and one folder that it is in.
// What has neither, since it runs in processes of its own, is a collection of its own and goes on beside them.
[assembly: CollectionBehavior(CollectionBehavior.CollectionPerAssembly, MaxParallelThreads = 2)]
