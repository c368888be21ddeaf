global using Xunit;

// Each collection has a cluster of its own, and its tests wait more than they compute.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
