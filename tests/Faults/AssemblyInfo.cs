global using Xunit;

// Every test has processes and a database of its own, and keeps nearly a core busy: two together use two cores, and more would only make
// the nodes late for each other.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
[assembly: TestCollectionOrderer("Sessions.Faults.LongestFirst", "Sessions.Faults")]
