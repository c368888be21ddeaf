global using Xunit;

// Each test has several processes of its own; one test at a time is load enough.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
