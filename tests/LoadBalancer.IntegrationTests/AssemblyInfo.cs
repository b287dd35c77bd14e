// Each class has an application of several processes; two at once would measure each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
