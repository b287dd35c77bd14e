namespace Aspire.Hosting;

/// <summary>
/// Where the built program of a project is. Not one of Aspire's types: the build of the embedded host generates it, because this host starts
/// programs directly instead of asking the SDK to run projects.
/// </summary>
public interface IProgramMetadata : IProjectMetadata
{
    /// <summary>Full path of the executable.</summary>
    string ProgramPath { get; }
}
